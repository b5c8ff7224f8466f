package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"publish-offer/internal/identity"
	"publish-offer/internal/input"
)

// This file checks what can be checked without a request: the inputs, and where the assertion is to come from.

// pastable are the inputs that people copy from web pages, with what stands around them.
func pastable() []string {
	return []string{"publisher-id", "offer-id", "tenant-id", "client-id", "service-connection-id"}
}

// isPasted tells an id that was copied with white space, quotes or something invisible from one that is otherwise wrong.
func isPasted(p input.Problem) bool {
	if strings.Contains(p.Value, "${{") || strings.Contains(p.Value, "$(") {
		return false // it is the pipeline that is wrong
	}
	return slices.Contains(pastable(), p.Name) && strings.ContainsFunc(p.Value, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Pi, unicode.Pf) || strings.ContainsRune("\"'`„‚", r)
	})
}

func (d *doctor) checkInputs(context.Context) finding {
	f := finding{verdict: well, fact: fmt.Sprintf("publisher %s, offer %s, tenant %s, client %s", d.config.Publisher, d.config.Offer, d.config.Tenant, d.config.Client)}
	var wrong []string
	for _, p := range d.problems {
		if !p.Missing {
			d.silence = "an input is wrong, and until it is mended nothing is sent"
		}
		if !isPasted(p) {
			wrong = append(wrong, p.Error())
		}
	}
	switch {
	case len(wrong) > 0:
		f = finding{verdict: broken, code: exitInput, fact: wrong[0], details: wrong[1:], next: []string{"publish-offer --help lists every input"}}
	case len(d.problems) > 0:
		f.fact = "all are given"
	}
	return f
}

func (d *doctor) checkIDs(context.Context) finding {
	var pasted []string
	for _, p := range d.problems {
		if isPasted(p) {
			pasted = append(pasted, p.Error())
		}
	}
	c := d.config
	switch {
	case len(pasted) > 0:
		return finding{verdict: broken, code: exitInput, fact: pasted[0], details: pasted[1:],
			next: []string{"give the id alone: what stands around it was probably copied along"}}
	case c.Tenant != "" && strings.EqualFold(c.Tenant, c.Client):
		d.silence = "an input is wrong, and until it is mended nothing is sent"
		return finding{verdict: broken, code: exitInput, fact: "tenant-id and client-id are the same",
			next: []string{"the app's page in Entra shows both: client-id is the application id, tenant-id the directory id"}}
	}
	f := finding{verdict: well, fact: "no white space, quotes or invisible characters in them"}
	for _, row := range input.Table() {
		if !slices.Contains(pastable(), row.Name) {
			continue
		}
		for _, name := range append([]string{"INPUT_" + strings.ToUpper(row.Name)}, row.Env...) {
			if v := d.Getenv(name); v != strings.TrimSpace(v) {
				f.details = append(f.details, "white space around "+name+" is left out here; other programs may stumble over it")
			}
		}
	}
	return f
}

// checkWay chooses the source of the assertion, as every command does.
func (d *doctor) checkWay(context.Context) finding {
	c := d.config
	if d.problems.Has("auth") {
		return finding{fact: "auth is wrong"}
	}
	var err error
	d.credential, err = d.signer(d.clock, func(s string) { d.told++; d.console.Secret(s) })
	var e *identity.Error
	switch {
	case errors.As(err, &e):
		d.way = e.Way
		// what the inputs lack has its cross already
		e.Missing = slices.DeleteFunc(e.Missing, func(m identity.Requirement) bool { return d.problems.Has(m.Name) })
		if e.Kind != identity.Missing || len(e.Missing) > 0 || e.Way == "" {
			f := d.sourceless(e)
			f.fact = string(d.kind) + ": " + f.fact
			return f
		}
	default:
		d.way = d.credential.Source()
	}
	if d.way != string(input.AuthIDToken) {
		d.told = 0 // an id token that lies in the environment is kept secret whichever way is used
	}
	if d.credential != nil && d.silence == "" {
		d.service = d.run.service(d.clock, d.credential)
	}
	fact := fmt.Sprintf("%s; the assertion comes from %s", d.kind, map[string]string{
		"github":          "GitHub's id-token endpoint",
		"azure-pipelines": "Azure Pipelines' id-token endpoint, service connection " + c.ServiceConnection,
		"id-token":        "the variable AZURE_ID_TOKEN",
		"token-file":      "the file that AZURE_FEDERATED_TOKEN_FILE names",
		"azure-cli":       "nobody: the Azure CLI signs in by itself",
	}[d.way])
	if c.Auth != input.AuthAuto {
		fact += " (auth: " + string(c.Auth) + ")"
	}
	return finding{verdict: well, fact: fact}
}
