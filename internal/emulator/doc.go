// Package emulator imitates, as one strict http.Handler, everything that publish-offer talks to: the
// Cloud Partner Portal API, Microsoft Entra, and the endpoints where GitHub Actions and Azure Pipelines
// issue identity tokens. A text script says what happens; the same script runs in process under
// testing/synctest and on a TLS socket.
//
// It imports nothing of the project. A type shared with the client would make a wrong field name right
// on both sides.
//
// The facts come from https://learn.microsoft.com/partner-center/marketplace-offers/cloud-partner-portal-api-overview
// and the pages around it, and from what users of the API saw. Where these disagree, a directive chooses.
//
// # Script
//
// One directive a line; # begins a comment; durations are Go's (90s, 2h30m); a text with blanks stands
// in quotes, with Go's escapes. Everything has a default, so an empty script is a service where a
// publish passes four steps in 50 minutes and waits for sign-off.
//
//	offer never                          the offer at the start: never, live, failed, canceled, or preview (parked at sign-off)
//	running publish 10m left             at the start, somebody else's operation runs; also: running golive 10m left
//	parked listed                        at the start, somebody else's publish is parked and still listed as running
//	names contoso contoso-offer          the publisher and the offer that exist
//	shape migrated                       operations have GUID paths; classic: /api/operations/p$o$2$preview, and a status without steps
//	location location                    the header of a 202; several words may stand together: operation-location absolute none
//	                                     no-api-version, and last: foreign https://evil.example/x
//	signoff step                         how a parked preview shows:
//	                                       step          operation and offer say running, the step publisher-signoff waits
//	                                       step-by-name  the same, and only the step's name is publisher-signoff
//	                                       status        the operation's and the offer's own status waits
//	                                       ended         the operation is completed, the offer's status waits
//	                                       offer         the operation runs and has no steps, the offer's status waits
//	step "Validate Pre-Requisites" 5m    a step of a publish up to sign-off; the first one replaces the default steps
//	step Certification 30m blocked "<b>No image</b>" after 10m for 20m
//	                                     blocked 10 minutes in, for 20 minutes more; without for, for good
//	step Certification 30m rejected "No image" ends
//	                                     at its end the step is rejected (or: failed), and ends the operation; stays: it runs on for good
//	message error "text"                 a message of the operation; the level error shows once it has failed
//	golive 20m fails "why"               how long a go-live takes, and, if so, why it fails
//	person golive at 2h                  somebody acts in Partner Center (golive, cancel, publish); also: person golive 10m after preview
//	cancel 202 takes 2m                  also: cancel 200; cancel 202 ignored; cancel refused 400 "why". Words that may follow:
//	                                     anywhere (a parked preview and a go-live can be canceled too), listed (so is the cancel itself)
//	word running InProgress              the word on the wire for a state of operations: notStarted running waitingForPublisherReview
//	                                     succeeded failed canceled; also: word offer neverPublished NeverPublished, word step complete Complete,
//	                                     word list running running
//	form array                           odd shapes of answers, several words may stand together:
//	                                       array         the operation as an array of one
//	                                       strings       messages as strings
//	                                       nozone        times without a zone
//	                                       invalid-json  trailing commas, as the documentation prints them
//	                                       no-steps      operation and offer status without steps
//	                                       nulls         empty lists as null
//	                                       html-error    errors as HTML pages
//	                                       bare-string   errors as JSON strings
//	list keeps ended                     ended operations stay listed; drops ended: they vanish. The order changes from answer to answer
//	tokens 1h refresh 50m                life of access tokens, and when Entra wants them refreshed
//	assertion 5m                         life of id tokens (GitLab's: an hour)
//	identity sub "repo:contoso/app:ref:refs/heads/main"
//	                                     also: identity tenant GUID, identity client GUID, identity connection GUID
//	entra wrong-subject                  refuse to sign in: unknown-app, unknown-tenant, wrong-subject, no-credential, blocked
//	at 1h tokens invalid                 the access tokens issued until then get a bare 401 from then on
//	hostile                              every text of the services tries to act: logging commands, escapes, markup, a token echoed
//	fault publish 1 accept-cut           see below
//
// Marketplace times pass as fast as Options.Speed says; the lives of tokens are always in real time,
// since the client compares them with its own clock.
//
// # The Partner Center submission API
//
//	serves partner-center-submission     the offer is published there, and not by the portal
//
// at https://api.partner.microsoft.com/v1.0/ingestion. A submission is a publish with the go-live that came of it: what the
// directives above say of steps, times, people and cancellations holds for it, too. Its two usual steps take 24
// minutes. A failed step named Certification is FailedInCertification, any other Failed. What it says otherwise:
//
//	submission type AzureContainer       the product's resourceType; AzureApplication if not given
//	submission filter-refused            a filter without a resourceType is 400 ICH50400, as since April 2026
//	submission several                   two products have the offer's id
//	submission plans 3                   how many there are, beside two test drives; 2 if not given
//	submission missing Listing           there is no draft of this module, and a submission without it is refused. Words that
//	                                     may follow: empty (an empty list instead of 404), optional (not refused)
//	submission created 202               status of an accepted submission; 201 if not given
//	submission publisher-header 10m      until then, or for good, every call is 400 "x-ms-publisherId … required header"
//	submission pages 2 odata             items on a page, and the address of the next: relative (nextLink, relative to the host),
//	                                     odata (@odata.nextLink), absolute, or foreign https://evil.example/x. Words that may
//	                                     follow: bogus (the last page names another, which is 404), endless (the submissions)
//	submission newest first              or last: where the newest submission stands in the list
//	submission shows failed InProgress/FailedInCertification
//	                                     state and substate on the wire; the states are running, failed, refused, preview, golive,
//	                                     live, golive-failed, canceled. Nothing behind the slash: no substate
//	submission vanishes 20m              a preview that stands is 404 at first; everywhere: the list lacks it, too
//	submission leftovers                 a canceled submission stays, in draft; else it is gone
//	submission delete takes 5m           a deletion is not done at once
//	submission validation CODE SEVERITY RESOURCE "text"
//	                                     a line of the validations; one of severity Error shows once the submission has failed
//
// # Faults
//
//	fault ENDPOINT WHEN KIND …
//
// ENDPOINT is the name of an endpoint (see Call), or marketplace, or * for all. WHEN counts that name's
// requests from 1 (3, 3..5, 3..), or is a span of time (10m..30m, 10m..), or * for always. The first
// fault that fits is taken.
//
//	status 503                           with: retry-after 30s, retry-after date 30s, retry-after "soon", body "text"
//	body "text"                          with: status 200. Plain text
//	json "{}"                            with: status 200. Declared as JSON
//	html 502                             an error page
//	redirect https://evil.example/       307
//	challenge                            401 with a claims challenge, as in continuous access evaluation
//	cut                                  the connection ends before the answer
//	stall                                no answer, ever
//	huge                                 8 MiB of JSON
//	endless                              a body without end
//	deep-json                            a hundred thousand brackets
//	header-bomb                          nearly a megabyte of headers
//	dial, dns, tls                       nothing is sent; in process only
//
// These replace the answer, and the request has no effect, unless accept- stands before the name
// (accept-cut, accept-stall, accept-status 500, …): then it takes effect, and only its answer is lost.
// The following always let the request take effect and bend its answer; accept- may stand before them:
//
//	truncated                            cut in the middle of the body
//	slow                                 one byte a second
//	delay 90s                            answered late
//	late 20s                             cut, and what was started shows only 20 seconds later
//	nolocation                           without a Location
package emulator
