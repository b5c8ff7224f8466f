package auto

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"publish-offer/internal/marketplace"
)

// scripted answers the question for its list with one answer after the other; the last one stays.
type scripted struct {
	name  string
	lists []error
	some  bool // a failed list has something in it
	log   *[]string
}

func (s *scripted) say(call string) { *s.log = append(*s.log, s.name+" "+call) }

func (s *scripted) Operations(context.Context) (marketplace.List, error) {
	s.say("list")
	var err error
	if len(s.lists) > 0 {
		err = s.lists[0]
	}
	if len(s.lists) > 1 {
		s.lists = s.lists[1:]
	}
	if err != nil && !s.some {
		return nil, err
	}
	return marketplace.List{{Ref: marketplace.Ref{ID: s.name}}}, err
}

func (s *scripted) Offer(context.Context) (marketplace.Offer, error) {
	s.say("offer")
	return marketplace.Offer{}, nil
}

func (s *scripted) Operation(context.Context, marketplace.Ref) (marketplace.Operation, error) {
	s.say("operation")
	return marketplace.Operation{}, nil
}

func (s *scripted) Start(context.Context, marketplace.Start) (marketplace.Accepted, error) {
	s.say("start")
	return marketplace.Accepted{}, nil
}

func (s *scripted) Cancel(context.Context, marketplace.Ref) (marketplace.Accepted, error) {
	s.say("cancel")
	return marketplace.Accepted{}, nil
}

func fault(f marketplace.Fault) error { return &marketplace.Error{Call: "list operations", Fault: f} }

type noPrincipal bool

func (n noPrincipal) Error() string     { return "AADSTS500011" }
func (n noPrincipal) NoPrincipal() bool { return bool(n) }

func signIn(n noPrincipal) error {
	return &marketplace.Error{Call: "list operations", Fault: marketplace.SignIn, Err: fmt.Errorf("wrapped: %w", n)}
}

func world(log *[]string, lists ...[]error) (s *Service, told *[]string) {
	told = new([]string)
	var candidates []Candidate
	for i, l := range lists {
		name := string(rune('a' + i))
		candidates = append(candidates, Candidate{name, &scripted{name: name, lists: l, log: log}})
	}
	return New(candidates, func(name string) { *told = append(*told, name) }), told
}

func TestTheFirstThatKnows(t *testing.T) {
	t.Parallel()
	not, no := []error{fault(marketplace.NotFound)}, []error{fault(marketplace.Forbidden)}
	wrong := []error{&marketplace.Error{Fault: marketplace.NotFound, Err: errors.New("a type that this service does not publish")}}
	for name, test := range map[string]struct {
		lists  [][]error
		chosen string
		fault  marketplace.Fault // of the search's end, where none is chosen
		asked  string
	}{
		"the first":              {[][]error{nil, nil, nil}, "a", 0, "a list"},
		"404":                    {[][]error{not, nil, nil}, "b", 0, "a list, b list"},
		"403":                    {[][]error{no, nil, nil}, "b", 0, "a list, b list"},
		"no principal":           {[][]error{{signIn(true)}, nil, nil}, "b", 0, "a list, b list"},
		"another type":           {[][]error{not, wrong, nil}, "c", 0, "a list, b list, c list"},
		"nobody":                 {[][]error{not, not, wrong}, "", marketplace.NotFound, "a list, b list, c list"},
		"nobody, one says 403":   {[][]error{not, no, not}, "", marketplace.Forbidden, "a list, b list, c list"},
		"nobody, one has none":   {[][]error{not, not, {signIn(true)}}, "", marketplace.Forbidden, "a list, b list, c list"},
		"401":                    {[][]error{{fault(marketplace.Unauthorized)}, nil}, "", marketplace.Unauthorized, "a list, a list"},
		"another sign-in":        {[][]error{{signIn(false)}, nil}, "", marketplace.SignIn, "a list, a list"},
		"refused":                {[][]error{{fault(marketplace.Refused)}, nil}, "", marketplace.Refused, "a list, a list"},
		"out of reach":           {[][]error{{fault(marketplace.NotSent)}, nil}, "", marketplace.NotSent, "a list, a list"},
		"nonsense":               {[][]error{{fault(marketplace.Unreadable)}, nil}, "", marketplace.Unreadable, "a list, a list"},
		"throttled for a while":  {[][]error{{fault(marketplace.Throttled), nil}, nil}, "a", 0, "a list, a list"},
		"the second for a while": {[][]error{not, {fault(marketplace.Cut), nil}}, "b", 0, "a list, b list, b list"},
		"then 404":               {[][]error{{fault(marketplace.Cut), not[0]}, nil}, "b", 0, "a list, a list, b list"},
		"a stranger's error":     {[][]error{{errors.New("x")}, nil}, "", marketplace.Cut, "a list, a list"},
		"no candidates":          {nil, "", marketplace.NotFound, ""},
	} {
		var log []string
		s, told := world(&log, test.lists...)
		list, err := s.Operations(t.Context())
		if err != nil {
			list, err = s.Operations(t.Context()) // as the core does after a pause; answers that were had are not asked for again
		}
		if asked := strings.Join(log, ", "); asked != test.asked {
			t.Errorf("%s: asked %q, want %q", name, asked, test.asked)
		}
		if s.Name() != test.chosen || strings.Join(*told, " ") != test.chosen {
			t.Errorf("%s: chose %q and told %q, want %q", name, s.Name(), *told, test.chosen)
		}
		if test.chosen != "" {
			if err != nil || len(list) != 1 || list[0].ID != test.chosen {
				t.Errorf("%s: %v, %v", name, list, err)
			}
		} else if err == nil || marketplace.FaultOf(err) != test.fault {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNobodySaysWhatEachSaid(t *testing.T) {
	t.Parallel()
	var log []string
	s, _ := world(&log, []error{fault(marketplace.NotFound)}, []error{signIn(true)})
	_, err := s.Offer(t.Context())
	var nobody *NobodyError
	if !errors.As(err, &nobody) {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a: list operations: ", "b: list operations: wrapped: AADSTS500011"}, nobody.Lines()); diff != "" {
		t.Error(diff)
	}
	var p noPrincipal
	if !errors.As(err, &p) {
		t.Error("the cause is lost")
	}
}

// After the choice nobody else is called, whatever the chosen one says.
func TestAllCallsGoToTheOne(t *testing.T) {
	t.Parallel()
	var log []string
	s, told := world(&log, []error{fault(marketplace.NotFound)}, []error{nil, fault(marketplace.NotFound)}, nil)
	ctx := t.Context()
	_, _ = s.Offer(ctx)
	_, listErr := s.Operations(ctx)
	_, _ = s.Start(ctx, marketplace.Start{Kind: marketplace.Publish})
	_, _ = s.Operation(ctx, marketplace.Ref{})
	_, _ = s.Cancel(ctx, marketplace.Ref{})
	want := []string{"a list", "b list", "b offer", "b list", "b start", "b operation", "b cancel"}
	if diff := cmp.Diff(want, log); diff != "" || marketplace.FaultOf(listErr) != marketplace.NotFound || len(*told) != 1 {
		t.Errorf("%v, told %v\n%s", listErr, *told, diff)
	}
}

func TestAListThatIsNotWholeIsKnowledge(t *testing.T) {
	t.Parallel()
	var log []string
	s := New([]Candidate{{"a", &scripted{name: "a", lists: []error{fault(marketplace.Unreadable)}, some: true, log: &log}}}, nil)
	list, err := s.Operations(t.Context())
	if len(list) != 1 || marketplace.FaultOf(err) != marketplace.Unreadable || s.Name() != "a" {
		t.Errorf("%v, %v, %q", list, err, s.Name())
	}
}

// An order that could not be sent, since nobody knew to whom, is not in doubt.
func TestAServiceThatKnowsTheOfferIsTheOne(t *testing.T) {
	t.Parallel()
	for _, f := range []marketplace.Fault{marketplace.NotFound, marketplace.Forbidden} {
		var log []string
		err := marketplace.KnownOffer(fault(f), false)
		s := New([]Candidate{{"a", &scripted{name: "a", lists: []error{err, nil}, log: &log}}, {"b", &scripted{name: "b", log: &log}}}, nil)
		if _, got := s.Operations(t.Context()); !errors.Is(got, err) || s.Name() != "a" {
			t.Errorf("%v: %v, chosen %q", f, got, s.Name())
		}
	}
	none := marketplace.KnownOffer(fault(marketplace.NotFound), true)
	if marketplace.FaultOf(none) != marketplace.Unreadable {
		t.Errorf("a list of which nothing came: %v", marketplace.FaultOf(none))
	}
}

func TestAnOrderBeforeTheChoice(t *testing.T) {
	t.Parallel()
	for f, want := range map[marketplace.Fault]marketplace.Fault{
		marketplace.Cut: marketplace.NotSent, marketplace.Unreadable: marketplace.NotSent, marketplace.Throttled: marketplace.Throttled, marketplace.Forbidden: marketplace.Forbidden,
	} {
		var log []string
		s, _ := world(&log, []error{fault(f)})
		_, startErr := s.Start(t.Context(), marketplace.Start{})
		_, cancelErr := s.Cancel(t.Context(), marketplace.Ref{})
		if marketplace.FaultOf(startErr) != want || marketplace.FaultOf(cancelErr) != want || strings.Contains(strings.Join(log, ""), "start") {
			t.Errorf("%d: %v, %v", f, startErr, cancelErr)
		}
	}
}
