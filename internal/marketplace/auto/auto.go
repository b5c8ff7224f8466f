// Package auto finds the service that knows an offer, and is that service from then on.
//
// The candidates are asked in their order, by the list that a run reads first anyway. "Not here" and "not for you" pass
// the question on; whatever else goes wrong is no answer, and comes back as it is: who asks again goes on where the
// search stopped. No candidate is asked again that has answered, and after the choice nobody but the chosen one is.
package auto

import (
	"context"
	"errors"
	"strings"
	"sync"

	"publish-offer/internal/marketplace"
)

// Caller is what a candidate can do: the face of all services.
type Caller interface {
	Start(context.Context, marketplace.Start) (marketplace.Accepted, error)
	Cancel(context.Context, marketplace.Ref) (marketplace.Accepted, error)
	Operation(context.Context, marketplace.Ref) (marketplace.Operation, error)
	Operations(context.Context) (marketplace.List, error)
	Offer(context.Context) (marketplace.Offer, error)
}

// Candidate is a service that may know the offer.
type Candidate struct {
	Name    string // as the input and the output `api` have it
	Service Caller
}

// Service is one of the candidates: which, the first call finds out.
type Service struct {
	mu         sync.Mutex
	candidates []Candidate // not asked yet, or without an answer
	answers    []Answer
	chosen     *Candidate
	tell       func(name string)
}

// New returns a service of no name yet. It makes no request. chosen is called once, when a candidate knows the offer;
// it may be nil.
func New(candidates []Candidate, chosen func(name string)) *Service {
	return &Service{candidates: candidates, tell: chosen}
}

// Answer is why a candidate is not the one.
type Answer struct {
	Name string
	Err  error
}

// NobodyError is the end of a search in which every candidate answered, and none knows the offer.
type NobodyError struct{ Answers []Answer }

// Lines are one line for each candidate's answer.
func (e *NobodyError) Lines() []string {
	var lines []string
	for _, a := range e.Answers {
		lines = append(lines, a.Name+": "+a.Err.Error())
	}
	return lines
}

func (e *NobodyError) Error() string {
	return "no service knows the offer: " + strings.Join(e.Lines(), "; ")
}

// Unwrap returns the answers.
func (e *NobodyError) Unwrap() []error {
	var all []error
	for _, a := range e.Answers {
		all = append(all, a.Err)
	}
	return all
}

// Name is the name of the chosen candidate; "" as long as there is none.
func (s *Service) Name() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.chosen == nil {
		return ""
	}
	return s.chosen.Name
}

// found is what a search brought.
type found struct {
	service Caller
	now     bool // chosen by this very search, and with it came its list
	list    marketplace.List
	listErr error
}

// find asks one candidate after the other, where none is chosen yet.
func (s *Service) find(ctx context.Context) (found, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.chosen != nil {
		return found{service: s.chosen.Service}, nil
	}
	for len(s.candidates) > 0 {
		c := s.candidates[0]
		list, err := c.Service.Operations(ctx)
		// a list that is not whole, and has something in it, is a list of this offer; so is one that a service did not give
		// which knows the offer
		if err == nil || len(list) > 0 || knows(err) {
			s.chosen = &c
			if s.tell != nil {
				s.tell(c.Name)
			}
			return found{c.Service, true, list, err}, nil
		}
		if !passesOn(err) {
			return found{}, err
		}
		s.candidates = s.candidates[1:]
		s.answers = append(s.answers, Answer{c.Name, err})
	}
	return found{}, s.nobody()
}

func knows(err error) bool {
	e, ok := errors.AsType[*marketplace.Error](err)
	return ok && e.Known
}

// passesOn reports whether an answer means that another service is to be asked.
func passesOn(err error) bool {
	fault := marketplace.FaultOf(err)
	return fault == marketplace.NotFound || forbids(err)
}

// forbids counts a service that has no principal in the tenant as one that refuses: there is no token for it, and there
// may be one for another.
func forbids(err error) bool {
	var p interface{ NoPrincipal() bool }
	switch marketplace.FaultOf(err) {
	case marketplace.Forbidden:
		return true
	case marketplace.SignIn:
		return errors.As(err, &p) && p.NoPrincipal()
	}
	return false
}

// nobody is the end of the search. One that was asked alone has said it all.
func (s *Service) nobody() error {
	if len(s.answers) == 1 {
		return s.answers[0].Err
	}
	e := &marketplace.Error{Call: "find the offer", Fault: marketplace.NotFound, Err: &NobodyError{s.answers}}
	for _, a := range s.answers {
		if forbids(a.Err) {
			e.Fault = marketplace.Forbidden
		}
	}
	return e
}

// unsent is why an order was not sent: a search that failed says nothing of the order.
func unsent(err error) error {
	var e *marketplace.Error
	if !errors.As(err, &e) || e.Fault == marketplace.Cut || e.Fault == marketplace.Unreadable {
		return &marketplace.Error{Call: "find the offer", Fault: marketplace.NotSent, Err: err}
	}
	return err
}

// Operations lists the chosen service's traces of orders. The list that made the choice is not read twice.
func (s *Service) Operations(ctx context.Context) (marketplace.List, error) {
	f, err := s.find(ctx)
	switch {
	case err != nil:
		return nil, err
	case f.now:
		return f.list, f.listErr
	}
	return f.service.Operations(ctx)
}

// Offer reads where the offer is, from the chosen service.
func (s *Service) Offer(ctx context.Context) (marketplace.Offer, error) {
	f, err := s.find(ctx)
	if err != nil {
		return marketplace.Offer{}, err
	}
	return f.service.Offer(ctx)
}

// Operation reads an operation of the chosen service.
func (s *Service) Operation(ctx context.Context, ref marketplace.Ref) (marketplace.Operation, error) {
	f, err := s.find(ctx)
	if err != nil {
		return marketplace.Operation{}, err
	}
	return f.service.Operation(ctx, ref)
}

// Start orders the chosen service.
func (s *Service) Start(ctx context.Context, order marketplace.Start) (marketplace.Accepted, error) {
	f, err := s.find(ctx)
	if err != nil {
		return marketplace.Accepted{}, unsent(err)
	}
	return f.service.Start(ctx, order)
}

// Cancel orders the chosen service to cancel.
func (s *Service) Cancel(ctx context.Context, ref marketplace.Ref) (marketplace.Accepted, error) {
	f, err := s.find(ctx)
	if err != nil {
		return marketplace.Accepted{}, unsent(err)
	}
	return f.service.Cancel(ctx, ref)
}
