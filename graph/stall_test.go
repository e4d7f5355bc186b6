package graph_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/graph"
	"followgraph/internal/executor"
	"followgraph/internal/globalid"
	"followgraph/internal/model"
	"followgraph/internal/observe"
	"followgraph/internal/social"
	"followgraph/internal/viewer"
)

// pace counts what the lookups of operations were sent in, and the waves that waited for the loaders' timer.
type pace struct {
	observe.Nothing
	waves, batches, overdue atomic.Int64
}

func (p *pace) Wave(context.Context, int)    { p.waves.Add(1) }
func (p *pace) Overdue(context.Context, int) { p.overdue.Add(1) }

func (p *pace) BatchBegins(ctx context.Context, _ observe.Batch) context.Context {
	p.batches.Add(1)
	return ctx
}

// stalls asks operations with both executors, and holds each to waiting for no timer.
type stalls struct {
	*testing.T
	words
	apis   map[string]*api
	caller viewer.Viewer
	turn   int // which kind of caller it is, of those who share operations out among them
	asked  int
}

func newStalls(t *testing.T, service *social.Service, caller viewer.Viewer) *stalls {
	t.Helper()
	s := &stalls{T: t, words: words{executors["gqlgen"](nil).Schema()}, apis: map[string]*api{}, caller: caller}
	for name, schema := range executors {
		s.apis[name] = newAPIWith(graph.Options{Schema: schema(service), Service: service, Documents: executor.NewDocuments()})
	}
	return s
}

// ask runs an operation with each executor. What it answers is no concern here, but that it ran; both make the same
// lookups in the same waves, and it returns how many these were.
func (s *stalls) ask(operation string, variables map[string]any) (waves int64) {
	s.Helper()
	compiled, gqlgen := s.run("compiled", operation, variables), s.run("gqlgen", operation, variables)
	require.Equal(s, gqlgen.waves.Load(), compiled.waves.Load(), "waves: %s", operation)
	require.Equal(s, gqlgen.batches.Load(), compiled.batches.Load(), "batches: %s", operation)
	s.asked++
	return compiled.waves.Load()
}

// run runs an operation with one executor.
func (s *stalls) run(name, operation string, variables map[string]any) *pace {
	s.Helper()
	p := &pace{}
	response, _ := s.apis[name].run(viewer.With(observe.With(s.Context(), p), s.caller), operation, variables)
	require.NotNil(s, response.Data, "%s\n%v", operation, response.Errors)
	require.Zero(s, p.overdue.Load(), "%s waited for the timer: %s", name, operation)
	return p
}

// may tells whether the caller may use a mutation.
func (s *stalls) may(mutation string) bool {
	response, _ := s.apis["gqlgen"].run(viewer.With(s.Context(), s.caller), mutation, nil)
	return len(response.Errors) == 0
}

// readers are the kinds of callers, as far as reading depends on them.
var readers = map[string]viewer.Viewer{
	"anonymous": {},
	"user":      {CognitoID: "ada", Registered: true},
	"operator":  {CognitoID: "ada", Registered: true, Operator: true},
}

// asEach runs a test as each kind of caller.
func asEach(t *testing.T, service *social.Service, test func(s *stalls)) {
	t.Helper()
	for turn, name := range slices.Sorted(maps.Keys(readers)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStalls(t, service, readers[name])
			s.turn = turn
			test(s)
		})
	}
}

// isMine deals a long list of operations out: each is asked by one kind of caller.
func (s *stalls) isMine(n int) bool { return n%len(readers) == s.turn }

// lookups are the fields of an object that make a lookup: those that take a wave more than nothing does. Around is an
// operation with %s for a selection of the object.
func (s *stalls) lookups(object, around string) (found []lookupField) {
	s.Helper()
	as := s.caller
	s.caller = readers["operator"] // who may see everything
	defer func() { s.caller = as }()
	without := s.ask(fmt.Sprintf(around, "__typename"), nil)
	for _, definition := range s.schema.Types[object].Fields {
		if strings.HasPrefix(definition.Name, "__") {
			continue
		}
		field := s.field(object, definition)
		if s.ask(fmt.Sprintf(around, field.plain()), nil) > without {
			found = append(found, field)
		}
	}
	return found
}

// ofUsers are the fields of users that make a lookup.
func (s *stalls) ofUsers() []lookupField {
	s.Helper()
	found := s.lookups("User", "{ viewer { %s } }")
	require.Greater(s, len(found), 12)
	return found
}

// selecting asks for something of the caller and of someone else.
func selecting(selection string) string {
	return fmt.Sprintf(`{ nodes(ids: [%q, %q]) { ... on User { %s } } }`, globalid.User("ada"), globalid.User("layla"), selection)
}

// TestNothingWaitsForTheTimer asks every two and every three fields of users that make lookups, in every arrangement:
// two as each kind of caller, three as one of them.
func TestNothingWaitsForTheTimer(t *testing.T) {
	t.Parallel()
	asEach(t, newCrowd(), func(s *stalls) {
		fields := s.ofUsers()
		for _, selection := range pairs(fields) {
			s.ask(selecting(selection), nil)
		}
		for n, selection := range triples(fields) {
			if s.isMine(n) {
				s.ask(selecting(selection), nil)
			}
		}
		require.Greater(s, s.asked, 3000)
	})
}

// TestRootFieldsWaitForNoTimer asks every two fields of the root, with every two fields of users below them, and every
// three alone.
func TestRootFieldsWaitForNoTimer(t *testing.T) {
	t.Parallel()
	asEach(t, newCrowd(), func(s *stalls) {
		fields, roots := s.ofUsers(), s.lookups("Query", "{ %s }")
		require.Greater(s, len(roots), 6)
		type way struct {
			root lookupField
			way  string
		}
		var ways []way
		for i, a := range roots {
			for j, b := range roots[i:] {
				for _, c := range roots[i+j:] {
					s.ask("{ "+beside(a.plain(), b.plain(), c.plain())+"}", nil)
				}
			}
			for _, through := range a.ways {
				ways = append(ways, way{a, through})
			}
		}
		for i, one := range ways {
			for _, other := range ways[i:] {
				for j, a := range fields {
					for k, b := range fields {
						if !s.isMine(j + k) {
							continue
						}
						s.ask("{ "+beside(one.root.through(one.way, a.plain()), other.root.through(other.way, b.plain()))+"}", nil)
					}
				}
			}
		}
	})
}

// TestDeepFieldsWaitForNoTimer asks random selections, four levels deep, among them those that were found to stall.
func TestDeepFieldsWaitForNoTimer(t *testing.T) {
	t.Parallel()
	asEach(t, newCrowd(), func(s *stalls) {
		s.ask(`{ viewer { suggestions(first: 1) { followedByCount } followers(first: 1) { nodes { viewerIsFollowing } } } }`, nil)
		s.ask(`{ viewer { suggestions(first: 1) { user { email } } followers { nodes { followers { nodes { isFollowingViewer } } } } } }`, nil)
		s.ask(`{ viewer { followers { edges { node { email } } nodes { following { nodes { viewerIsFollowing } } } } } }`, nil)
		r := rand.New(rand.NewPCG(1, 2))
		fields := s.ofUsers()
		for range 400 {
			s.ask(selecting(randomly(r, fields, 4)), nil)
		}
	})
}

// randomly selects some fields of users, and of the users below them.
func randomly(r *rand.Rand, fields []lookupField, depth int) string {
	var selected []string
	for range 1 + r.IntN(3) {
		field := fields[r.IntN(len(fields))]
		ways := append(field.both(), field.ways...)
		if len(ways) == 0 || depth == 1 {
			selected = append(selected, field.plain())
			continue
		}
		below := []any{randomly(r, fields, depth-1)}
		way := ways[r.IntN(len(ways))]
		if strings.Count(way, "%s") > 1 {
			below = append(below, randomly(r, fields, depth-1))
		}
		selected = append(selected, field.through(way, below...))
	}
	return beside(selected...)
}

// TestPayloadsWaitForNoTimer asks every two fields of users below every two places of each mutation's payload.
func TestPayloadsWaitForNoTimer(t *testing.T) {
	t.Parallel()
	service := newCrowd()
	for _, definition := range executors["gqlgen"](nil).Schema().Mutation.Fields {
		t.Run(definition.Name, func(t *testing.T) {
			t.Parallel()
			s := newStalls(t, service, viewer.Viewer{})
			fields, mutation := s.ofUsers(), s.field("Mutation", definition)
			done := 0
			for _, caller := range append([]viewer.Viewer{{CognitoID: "guest"}}, readers["anonymous"], readers["user"], readers["operator"]) {
				s.caller = caller
				if !s.may("mutation { m: " + mutation.plain() + " }") {
					continue
				}
				done++
				for _, ways := range mutation.both() {
					for _, a := range fields {
						for _, b := range fields {
							s.ask("mutation { "+mutation.through(ways, a.plain(), b.plain())+" }", nil)
						}
					}
				}
			}
			require.Positive(t, done, "no caller may do it")
		})
	}
}

// TestConditionsWaitForNoTimer asks fields that are left out, merged, and behind fragments of interfaces.
func TestConditionsWaitForNoTimer(t *testing.T) {
	t.Parallel()
	asEach(t, newCrowd(), func(s *stalls) {
		for _, a := range s.ofUsers() {
			for _, b := range s.ofUsers() {
				const query = `query ($yes: Boolean!) { viewer { a: %[1]s @skip(if: $yes) b: %[2]s ... @include(if: $yes) { c: %[1]s } }
					node(id: %[3]q) { ... on Node { id ... on User { b: %[2]s } } ...F } } fragment F on Node { ... on User { a: %[1]s @include(if: $yes) b: %[2]s } }`
				for _, yes := range []bool{true, false} {
					operation := fmt.Sprintf(query, a.name+" @noted"+a.leaf, b.plain(), globalid.User("bo"))
					operation = strings.NewReplacer(" @noted"+a.leaf+" @skip(if: $yes)", " @skip(if: $yes)"+a.leaf,
						" @noted"+a.leaf+" @include(if: $yes)", " @include(if: $yes)"+a.leaf, " @noted", "").Replace(operation)
					s.ask(operation, map[string]any{"yes": yes})
				}
			}
		}
	})
}

// broken is a crowd whose lookups of one kind fail.
type broken struct {
	crowd
	kind string
}

var errBroken = errors.New("broken")

func (b broken) fails(kind string) error {
	if b.kind == kind {
		return errBroken
	}
	return nil
}

func (b broken) Pages(ctx context.Context, keys []model.ConnectionKey) ([][]model.Edge, error) {
	if err := b.fails("pages"); err != nil {
		return nil, err
	}
	return b.crowd.Pages(ctx, keys)
}

func (b broken) Privates(ctx context.Context, ids []string) ([]*model.Private, error) {
	if err := b.fails("privates"); err != nil {
		return nil, err
	}
	return b.crowd.Privates(ctx, ids)
}

func (b broken) Relations(ctx context.Context, by string, ids []string) ([]model.Relation, error) {
	if b.fails("relations") != nil {
		panic("broken")
	}
	return b.crowd.Relations(ctx, by, ids)
}

func (b broken) Suggestions(ctx context.Context, id string, limit int) ([]model.SuggestionRank, error) {
	if err := b.fails("suggestions"); err != nil {
		return nil, err
	}
	return b.crowd.Suggestions(ctx, id, limit)
}

// TestFailuresWaitForNoTimer has lookups of one kind fail beside and below others.
func TestFailuresWaitForNoTimer(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"pages", "privates", "relations", "suggestions"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			whole := newStalls(t, newCrowd(), readers["operator"])
			s := newStalls(t, newCrowdOn(broken{kind: kind}), readers["operator"])
			for _, selection := range pairs(whole.ofUsers()) {
				s.ask(selecting(selection), nil)
			}
		})
	}
}

// TestFullAnswersWaitForNoTimer comes over the limit of an answer's data while lookups are waiting. gqlgen's executor
// calls no resolver any more then, so those that were announced do not come.
func TestFullAnswersWaitForNoTimer(t *testing.T) {
	t.Parallel()
	s := newStalls(t, newCrowd(), readers["operator"])
	var names strings.Builder
	for n := range 240 {
		fmt.Fprintf(&names, "%s%d: createdAt ", strings.Repeat("n", 120), n)
	}
	const query = `{ viewer { ...L a: followers(first: 3) { nodes { ...L a: followers(first: 3) { nodes { ...L a: followers(first: 3) { nodes { ...L
		a: followers(first: 3) { nodes { ...L } } } } } } } } } } fragment L on User { email viewerIsFollowing ...N } fragment N on User { `
	for _, name := range []string{"compiled", "gqlgen"} {
		p := &pace{}
		response, _ := s.apis[name].run(viewer.With(observe.With(t.Context(), p), s.caller), query+names.String()+"}", nil)
		require.Len(t, response.Errors, 1)
		require.Contains(t, response.Errors[0].Message, "the response is larger than the limit of")
		require.Zero(t, p.overdue.Load(), name)
	}
}

// TestManyCallsWaitForNoTimer asks one field under more aliases than resolvers run at once.
func TestManyCallsWaitForNoTimer(t *testing.T) {
	t.Parallel()
	s := newStalls(t, newCrowd(), readers["operator"])
	var pages, fields strings.Builder
	for n := range 15 {
		fmt.Fprintf(&pages, "p%d: followers(first: 1) { nodes { ...F } } ", n)
	}
	for n := range 140 {
		fmt.Fprintf(&fields, "f%d: viewerIsFollowing ", n)
	}
	p := s.run("compiled", "{ viewer { "+pages.String()+" } } fragment F on User { "+fields.String()+" }", nil)
	require.EqualValues(t, 3+1, p.waves.Load(), "three levels, and the last one in two parts")
	require.EqualValues(t, 2, p.batches.Load(), "the viewer with the pages, how their users stand to the caller")
}
