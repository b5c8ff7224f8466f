package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"publish-offer/internal/ci"
	"publish-offer/internal/doctor"
	"publish-offer/internal/input"
	"publish-offer/internal/marketplace/ingestion"
	"publish-offer/internal/marketplace/submission"
	"publish-offer/internal/report"
)

// doctorLimit ends a diagnosis: every request has its own, shorter deadline.
const doctorLimit = 10 * time.Minute

// doctor runs the command of this name.
func (r *run) doctor(ctx context.Context, problems input.Problems) int {
	limit := doctorLimit
	if t := r.config.Timeout; t > 0 {
		limit = min(limit, t)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("not finished within %s", brief(limit)))
	defer cancel()
	r.console.Line(ci.Plain, "publish-offer "+r.Version+": doctor")
	r.warn(r.config.Warnings)
	d := doctor.Examine(ctx, doctor.Subject{
		Config: r.config, Problems: problems, Unwritable: r.unwritable(), Platform: r.kind, Getenv: r.Getenv, Version: r.Version,
		Transport: door{r.Transport, r.console.Debug}, Connect: r.connect, Tell: r.diagnose,
	})
	r.api = d.API
	code := map[doctor.Blame]int{doctor.Nothing: exitGood, doctor.Input: exitInput, doctor.SignIn: exitSignIn,
		doctor.Refused: exitBad, doctor.Unreachable: exitUnreachable}[d.Blame]
	if interrupted := Interrupted(0); errors.As(context.Cause(ctx), &interrupted) {
		code = int(interrupted)
	}
	if d.Good {
		r.console.Line(ci.Good, d.Verdict)
	} else {
		r.console.Annotate(ci.Error, "", "doctor: "+d.Message)
	}
	if !problems.Has("outputs-file") {
		r.outputs(report.End{Headline: d.Message, State: d.Offer.State.State(), Details: d.Offer.Details})
	}
	r.complain(r.console.Summary(r.report.Findings("doctor: "+d.Verdict, d.Good, d.Findings)))
	r.console.Close(code != exitGood, "doctor: "+d.Message)
	return code
}

// unwritable tries the files that the platform gives: a verdict must not stand beside a complaint that comes after it.
func (r *run) unwritable() (why []string) {
	tries := []error{r.console.Summary("")}
	if r.kind == ci.GitHub {
		tries = append(tries, r.console.Outputs([]ci.Output{{Name: "api"}}))
	}
	for _, err := range tries {
		if err != nil {
			why = append(why, err.Error())
		}
	}
	return why
}

// connect makes the credential, and the clients of all services.
func (r *run) connect(way http.RoundTripper) (doctor.Credential, []doctor.Service, error) {
	var err error
	if r.identity, err = r.signer(way, r.console.Secret); err != nil {
		return nil, nil, err
	}
	var all []doctor.Service
	for _, s := range append(r.config.Services[:len(r.config.Services):len(r.config.Services)], r.config.Others...) {
		one := doctor.Service{API: s.API}
		switch s.API {
		case input.APIPortal:
			c := r.portal(way, s.Endpoint)
			one.Reader, one.Offers = c, c.Offers
			one.Home = func(ctx context.Context) (string, string, error) {
				d, err := c.Document(ctx)
				return d.Migration, d.Redirect, err
			}
		case input.APIIngestion:
			c := ingestion.New(ingestion.Options{Endpoint: s.Endpoint, Offer: r.config.Offer, Credential: r.identity, Transport: way, Clean: r.console.Clean, Version: r.Version})
			one.Reader = c
			one.Lookup = func(ctx context.Context) (string, error) { p, err := c.Product(ctx); return p.Type, err }
		case input.APISubmission:
			c := submission.New(submission.Options{Endpoint: s.Endpoint, Offer: r.config.Offer, Credential: r.identity, Transport: way, Clean: r.console.Clean, Version: r.Version})
			one.Reader = c
			one.Lookup = func(ctx context.Context) (string, error) { p, err := c.Product(ctx); return p.Type, err }
		}
		all = append(all, one)
	}
	return r.identity, all, nil
}

// diagnose prints what a phase found.
func (r *run) diagnose(findings []report.Finding) {
	width := 10
	for _, f := range findings {
		width = max(width, len(f.Name))
	}
	clean, margin := r.console.Clean, strings.Repeat(" ", width+4)
	style := map[report.Mark]ci.Style{report.Well: ci.Good, report.Doubtful: ci.Warn, report.Broken: ci.Bad, report.Unchecked: ci.Faint}
	for _, f := range findings {
		r.console.Line(style[f.Mark], fmt.Sprintf("%s %-*s  %s", f.Mark, width, f.Name, clean(f.Fact)))
		for _, text := range f.Details {
			r.console.Line(ci.Plain, margin+clean(text))
		}
		for _, h := range f.Next {
			r.console.Line(ci.Plain, margin+"-> "+clean(h.Text))
		}
	}
}
