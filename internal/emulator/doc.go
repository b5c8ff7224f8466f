// Package emulator imitates, as one strict http.Handler, everything that publish-offer talks to: the
// Cloud Partner Portal API, the Product Ingestion API, Microsoft Entra, and the endpoints where GitHub Actions and Azure Pipelines
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
// One directive a line; # begins a comment; a duration is written 90s or 2h30m; a text with blanks stands
// in quotes, with Go's escapes. Everything has a default, so an empty script is a service where a
// publish passes four steps in 50 minutes and waits for sign-off. In the texts and addresses of steps,
// messages, links and refusals {bearer} stands for the token of the request, {broken-bearer} for the
// same with markup in its middle.
//
// What is there at the start, and what happens:
//
//	offer never                          the offer at the start: never, live, failed, canceled, or preview (parked at sign-off)
//	was live                             and long before that a version went live
//	running publish 10m left             at the start, somebody else's operation runs; also: running golive 10m left
//	parked listed                        at the start, somebody else's publish is parked and still listed as running
//	relic Archived                       an old entry of the list, with any word for its state; also: relic running lost golive times 10000
//	                                     (lost: it has no page; golive: of that type)
//	names contoso contoso-offer          the publisher and the offer that exist
//	step "Validate Pre-Requisites" 5m    a step of a publish up to sign-off; the first one replaces the default steps
//	step Certification 30m blocked "<b>No image</b>" after 10m for 20m
//	                                     blocked 10 minutes in, for 20 minutes more; without for, for good
//	step Certification 30m rejected "No image" ends
//	                                     at its end the step is rejected (or: failed), and ends the operation; stays: it runs on for good;
//	                                     unseen: operation and list say that all went well, only the offer's status says failed
//	message error "text"                 a message of the operation; error and plain (a string, without a level) show once it has failed,
//	                                     warning and information at all times
//	link preview https://example.com/x "Try it"
//	                                     what the preview or live links have, once the preview stands or the offer is live
//	golive 20m fails "why"               how long a go-live takes, and, if so, why it fails; unseen may follow
//	person golive at 2h                  somebody acts in Partner Center (golive, cancel, publish); also: person golive 10m after preview
//	cancel 202 takes 2m                  also: cancel 200; cancel 202 ignored; cancel refused 400 "why". Words that may follow:
//	                                     anywhere (a parked preview and a go-live can be canceled too), listed (so is the cancel itself),
//	                                     in-body (the location stands in the body), ghost 10m (the canceled operation has no page any more
//	                                     and is listed as running for 10 minutes, then gone), aside 3m (no publish is taken for so long after)
//	conflict 409                         the status of a publish refused because another operation runs; also: conflict 412 "why",
//	                                     conflict none (it is taken, and both run)
//	emails required                      a publish without addresses is refused with 400
//
// Where an operation is, and how it shows:
//
//	shape migrated                       every operation has a GUID path
//	shape classic                        all have the path /api/operations/p$o$2$preview; bare: and the offer's status has no steps
//	shape single                         all have one GUID path; listed: and that one id on the list
//	location location                    the header of a 202; several words may stand together:
//	                                       operation-location, azure-async-operation     another header
//	                                       absolute, http, no-slash, slash               the form of the path
//	                                       no-api-version, api-version 2016-08-01-preview, fragment
//	                                       offer-guid, upper                             the offer by its GUID; all in capitals
//	                                       none, foreign https://evil.example/x
//	signoff step                         how a parked preview shows:
//	                                       step           operation and offer say running, the step publisher-signoff waits
//	                                       step-by-name   the same, and only the step's name is publisher-signoff
//	                                       status         the operation's and the offer's own status waits
//	                                       ended          the operation is completed, the offer's status waits
//	                                       offer          the operation runs and has no steps, the offer's status waits
//	                                       offer-steps    the operation runs, its steps before the sign-off are complete, the offer's status waits
//	                                       offer-by-step  the same, and the offer's status says running, its step waits
//	                                       operation      the operation's own status waits, the offer's says running and shows nothing
//	page late 2m                         the page of what was accepted is 404 for so long; before: it shows the operation before
//	status late 2m                       the offer's status knows nothing of it for so long
//	status stale 2m                      what has ended it shows as running for so long
//	status live                          once live, the offer's status speaks of that version whatever a newer publish does;
//	                                     until 2m after end: until so long after that publish reached sign-off or its end
//	list late 2m                         the list knows nothing of it for so long
//	list stale 2m                        what has ended it shows as running for so long
//	list keeps ended                     ended operations stay listed; drops ended: they vanish
//	list order newest                    also: oldest, mixed. Without it the order changes from answer to answer
//	list capped 5                        the first five of that order, usually the oldest
//	list pages 3                         {"value":[…],"nextLink":…}; with: absolute, foreign https://evil.example/x, last-404, endless
//	list wrapped                         {"value":[…]}
//	list nothing 404                     how an empty list is answered; also: 204, empty, null
//	list filter status                   which parameter filters: status, submissionState, both (the default) or none
//	changed constant                     the times of the list's entries: constant, draft (before the start), old (by eight years),
//	                                     future 1h, local 2h (and without a zone), empty, null, missing
//	clock -1h                            how far the service's clock is ahead; answers carry a Date, then; everywhere: the sign-in's, too
//
// Words and forms:
//
//	word running InProgress              the word on the wire for a state of operations: notStarted running waitingForPublisherReview
//	                                     succeeded failed canceled; also: word offer neverPublished NeverPublished, word step complete Complete,
//	                                     word list running running; for types: word type golive Publish/GoLive; for levels of messages:
//	                                     word level error Critical. A type or a level of "" is left out
//	form array                           odd shapes of answers, several words may stand together:
//	                                       array          the operation as an array of one
//	                                       strings        messages as strings; top-strings: those at the top only
//	                                       nozone         times without a zone; millis: with three digits of a second
//	                                       invalid-json   trailing commas, as the documentation prints them
//	                                       no-steps       operation and offer status without steps
//	                                       six-steps      a go-live shows the steps of the publish, too, as a classic offer's status always does
//	                                       untrue-steps   of a live offer most steps seem untouched, as the documentation prints them
//	                                       live-on-publish  the step live on the publish's page follows the go-live
//	                                       no-step-ids, no-step-names, no-estimates
//	                                       chatty         a step in trouble has another message, an information
//	                                       process-percentage   as one table names it; table-fields: the times that only a table has
//	                                       nulls          empty lists as null; no-arrays: they are left out
//	                                       pascal-words   every word in PascalCase; pascal-keys: every name of a field
//	                                       extra          fields that nobody knows
//	                                       emails         the deprecated addresses
//	                                       error-field    the reason as the field error
//	                                       link-strings, link-pascal   links are strings, or have PascalCase names
//	                                       html-error     errors as HTML pages
//	                                       bare-string    errors as JSON strings; empty-error: without a body
//
// Which service has the offer:
//
//	serves cloud-partner-portal          which of the services knows the offer; also: product-ingestion, partner-center-submission
//	serves product-ingestion portal 403
//	                                     what the portal says of it then: 404 (unless told otherwise), 403, or empty (an empty list, no status)
//
// The Product Ingestion API shows the same operations: a publish is a job and a submission under the target preview, a
// go-live is a job and the same submission under live, each with the id that Truth has for the operation as its job's.
// A draft is always listed. offer, was, running, step, message, golive, person and cancel above work for it, too:
//
//	ingestion type azureApplication      the product's type; with it the lookup knows the product whoever serves the offer. Azure
//	                                     applications and the dynamics types are known, and everything else about them is refused
//	ingestion product none               the lookup finds nothing; twice: two products
//	ingestion pages 3                    the lookup and the list come in so many pages, all but the last empty; spread: each but the first has
//	                                     an entry; and at the end: relative, foreign https://evil.example, endless
//	ingestion configure 200              the status of an accepted order, 202 unless told; unnamed: without the job's id
//	ingestion conflict 409               how "An In Progress submission already exists" is told: 400 unless told, 409, 422, or job: the order is
//	                                     taken, and its job fails at once
//	ingestion job early 1m               the job ends well so long after its order, whatever becomes of its submission
//	ingestion job forgotten 1h           404 so long after its end
//	ingestion job unnamed                what it wrote names no submission; untold: it names nothing
//	ingestion submissions late 2m        a submission ends so long after its job
//	ingestion submissions unlisted 2m    a submission is listed so long after its job's end only
//	ingestion submissions gone 10m       a submission is neither listed nor found from when its preview stands; listed: only its own page is missing
//	ingestion submissions only-live      the preview is no longer listed once it is live
//	ingestion canceled draft             what becomes of a canceled submission: gone unless told, draft (under its id), listed
//	ingestion form ID quoted             odd shapes of its answers, several words may stand together:
//	                                       ID             jobID and externalID
//	                                       quoted         words in quotes of their own
//	                                       nozone         times without a zone; date-only: an end that has not come is 0001-01-01
//	                                       objects        resourceId as an object
//	                                       codes-capital, codes-numbers, codes-objects   codes of errors
//	                                       nulls          what a resource has not yet is null
//	                                       no-draft       the draft is not listed
//	                                       one-bare       a submission's own page is no list
//	ingestion word completed Completed   the word on the wire: notStarted running completed pending succeeded failed cancelled draft preview live
//
// Signing in:
//
//	tokens 1h refresh 50m                life of access tokens, and when Entra wants them refreshed
//	assertion 5m                         life of id tokens (GitLab's: an hour)
//	identity sub "repo:contoso/app:ref:refs/heads/main"
//	                                     also: identity tenant GUID, identity client GUID, identity connection GUID,
//	                                     and of id tokens: identity issuer URL, identity audience URI
//	identity unreferenced                Azure Pipelines refuses, with 200: no task of the stage names the service connection; also: unreferenced 403
//	entra wrong-subject                  refuse to sign in: unknown-app, unknown-tenant, wrong-subject, wrong-case (AADSTS7002138),
//	                                     flexible (no flexible credential fits), no-credential, blocked
//	entra refuses 7000215 "text"         refuse with any code
//	entra no-principal https://graph.microsoft.com
//	                                     this resource has no service principal in the tenant (AADSTS500011)
//	entra v1                             the older endpoint /oauth2/token serves; otherwise it refuses: 7000215 for a secret, 900144
//	                                     without a resource, 500011 for any resource
//	at 1h tokens invalid                 the access tokens issued until then get a bare 401 from then on
//
// And:
//
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
//	submission type AzureContainer       the product's resourceType; AzureApplication if not given. Given, the product is known
//	                                     also where another service serves the offer
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
// ENDPOINT is the name of an endpoint (see Call), or of a service for all of its own (marketplace, entra,
// oidc, ingestion), or * for all. WHEN counts that name's requests from 1 (3, 3..5, 3..), or is a span of time
// (10m..30m, 10m..), or * for always. The first fault that fits is taken.
//
//	status 503                           with: retry-after 30s, retry-after date 30s, retry-after "soon", body "text"
//	body "text"                          with: status 200. Plain text
//	json "{}"                            with: status 200. Declared as JSON
//	html 502                             an error page
//	redirect https://evil.example/       307
//	challenge                            401 with a claims challenge, as in continuous access evaluation
//	switch                               101 Switching Protocols, and nothing follows; over HTTP/2 the connection ends
//	cut                                  the connection ends before the answer
//	stall                                no answer, ever
//	huge                                 8 MiB of JSON
//	endless                              a body without end
//	deep-json                            a hundred thousand brackets
//	header-bomb                          nearly a megabyte of headers
//	dial, dns, tls                       nothing is sent; in process only
//
// These replace the answer, and the request has no effect, unless accept- stands before the name
// (accept-cut, accept-stall, accept-status 500, accept-status 204, …): then it takes effect, and only its
// answer is lost. The following always let the request take effect and bend its answer; accept- may stand
// before them:
//
//	truncated                            cut in the middle of the body
//	slow                                 one byte a second
//	delay 90s                            answered late
//	late 20s                             cut, and what was started shows only 20 seconds later
//	nolocation                           without a Location, or the id of the job
//	repeat                               a proxy sends the request twice; the second answer comes back
//
// # A further service
//
// Its routes, endpoints and answers are one service value, named in services (route.go): route takes the
// paths below its own prefix, so that all services can share one base; at knows its real hosts; env is the
// variable by which Environ leads the program to a base; answer runs under the lock and asks
// Emulator.issued.admits(r, audience) for a token made for it (Entra issues one for each of audiences, and
// no other service takes it); order names what Truth counts as reached, and the answer counts in granted
// what it let happen; refuse is the body of the fault status. Call.Endpoint, the names in faults, their
// counts and the check for foreign hosts follow from that value.
//
// Its directives are entries of directives (directives.go), which read into a field of its own in Script;
// its state is a field of Emulator, made in New, and advanced to request.now when a request comes: time is
// emulated, since the start, and Emulator.stamp prints it by the service's clock. Texts pass through
// Emulator.hostile. A fault that only such a service knows is read in readFault, named in Fault.bends, and
// looked up as request.fault.
package emulator
