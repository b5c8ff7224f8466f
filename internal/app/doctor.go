package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"publish-offer/internal/ci"
	"publish-offer/internal/doctor"
	"publish-offer/internal/input"
	"publish-offer/internal/marketplace/ingestion"
	"publish-offer/internal/marketplace/portal"
	"publish-offer/internal/marketplace/submission"
	"publish-offer/internal/report"
)

// doctorLimit ends a diagnosis: every request has its own, shorter deadline.
const doctorLimit = 10 * time.Minute

// doctor runs the command of this name.
func (r *run) doctor(ctx context.Context, problems input.Problems) int {
	limit := doctorLimit
	if timeout := r.config.Timeout; timeout > 0 {
		limit = min(limit, timeout)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("not finished within %s", input.Brief(limit)))
	defer cancel()
	r.console.Line(ci.Plain, "publish-offer "+r.Version+": doctor")
	r.warn(r.config.Warnings)
	d := doctor.Examine(ctx, doctor.Subject{
		Config: r.config, Problems: problems, Unwritable: r.unwritable(), Platform: r.kind, Getenv: r.Getenv, Version: r.Version,
		Transport: door{r.Transport, r.console.Debug}, Connect: r.connect,
		Tell: func(found []report.Finding) {
			for _, l := range doctor.Lines(found) {
				r.console.Line(l.Tone, l.Text)
			}
		},
	})
	r.api = d.API
	code := exitDoctor(d.Blame)
	if interrupted, ok := errors.AsType[Interrupted](context.Cause(ctx)); ok {
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

// connect makes the credential, and the clients of all services: api may name the wrong one.
func (r *run) connect(way http.RoundTripper) (doctor.Credential, []doctor.Service, error) {
	var err error
	if r.identity, err = r.signer(way); err != nil {
		return nil, nil, err
	}
	var all []doctor.Service
	for _, s := range slices.Concat(r.config.Services, r.config.Others) {
		client := r.client(way, s)
		one := doctor.Service{API: s.API, Reader: client}
		switch c := client.(type) {
		case *portal.Client:
			one.Offers, one.Home = c.Offers, c.Home
		case *ingestion.Client:
			one.Lookup = func(ctx context.Context) (string, error) { p, err := c.Product(ctx); return p.Type, err }
		case *submission.Client:
			one.Lookup = func(ctx context.Context) (string, error) { p, err := c.Product(ctx); return p.Type, err }
		}
		all = append(all, one)
	}
	return r.identity, all, nil
}
