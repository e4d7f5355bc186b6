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

// waveCounter counts the waves and batches of operations, and the waves that waited for the timer of the loaders.
type waveCounter struct {
	observe.Nothing
	waves, batches, overdue atomic.Int64
}

func (p *waveCounter) Wave(context.Context, int)    { p.waves.Add(1) }
func (p *waveCounter) Overdue(context.Context, int) { p.overdue.Add(1) }

func (p *waveCounter) BatchBegins(ctx context.Context, _ observe.Batch) context.Context {
	p.batches.Add(1)
	return ctx
}

// timerCheck runs operations with both executors, and checks that none waits for the timer.
type timerCheck struct {
	*testing.T
	operationWriter
	apis   map[string]*api
	caller viewer.Viewer
	turn   int // index of the caller among the callers that share a list of operations
	asked  int
}

func newTimerCheck(t *testing.T, service *social.Service, caller viewer.Viewer) *timerCheck {
	t.Helper()
	s := &timerCheck{T: t, operationWriter: operationWriter{executors["gqlgen"](nil).Schema()}, apis: map[string]*api{}, caller: caller}
	for name, schema := range executors {
		s.apis[name] = newAPIWith(graph.Options{Schema: schema(service), Service: service, Documents: executor.NewDocuments()})
	}
	return s
}

// ask runs an operation with each executor, and checks that both make the same batches in the same waves. It returns the
// number of waves. It does not check the response, except that there is data.
func (s *timerCheck) ask(operation string, variables map[string]any) (waves int64) {
	s.Helper()
	compiled, gqlgen := s.run("compiled", operation, variables), s.run("gqlgen", operation, variables)
	require.Equal(s, gqlgen.waves.Load(), compiled.waves.Load(), "waves: %s", operation)
	require.Equal(s, gqlgen.batches.Load(), compiled.batches.Load(), "batches: %s", operation)
	s.asked++
	return compiled.waves.Load()
}

// run runs an operation with one executor.
func (s *timerCheck) run(name, operation string, variables map[string]any) *waveCounter {
	s.Helper()
	p := &waveCounter{}
	response, _ := s.apis[name].run(viewer.With(observe.With(s.Context(), p), s.caller), operation, variables)
	require.NotNil(s, response.Data, "%s\n%v", operation, response.Errors)
	require.Zero(s, p.overdue.Load(), "%s waited for the timer: %s", name, operation)
	return p
}

// may reports whether the caller may use a mutation.
func (s *timerCheck) may(mutation string) bool {
	response, _ := s.apis["gqlgen"].run(viewer.With(s.Context(), s.caller), mutation, nil)
	return len(response.Errors) == 0
}

// readers are the kinds of callers that differ in what they may read.
var readers = map[string]viewer.Viewer{
	"anonymous": {},
	"user":      {CognitoID: "ada", Registered: true},
	"operator":  {CognitoID: "ada", Registered: true, Operator: true},
}

// asEach runs a test for each kind of caller.
func asEach(t *testing.T, service *social.Service, test func(s *timerCheck)) {
	t.Helper()
	for turn, name := range slices.Sorted(maps.Keys(readers)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTimerCheck(t, service, readers[name])
			s.turn = turn
			test(s)
		})
	}
}

// isMine distributes a long list of operations: one kind of caller runs each operation.
func (s *timerCheck) isMine(n int) bool { return n%len(readers) == s.turn }

// lookups returns the fields of an object that make a lookup: they need an additional wave. around is an operation with
// %s for a selection of the object.
func (s *timerCheck) lookups(object, around string) (fields []lookupField) {
	s.Helper()
	as := s.caller
	s.caller = readers["operator"] // may read everything
	defer func() { s.caller = as }()
	without := s.ask(fmt.Sprintf(around, "__typename"), nil)
	for _, definition := range s.schema.Types[object].Fields {
		if strings.HasPrefix(definition.Name, "__") {
			continue
		}
		field := s.field(object, definition)
		if s.ask(fmt.Sprintf(around, field.plain()), nil) > without {
			fields = append(fields, field)
		}
	}
	return fields
}

// ofUsers returns the fields of users that make a lookup.
func (s *timerCheck) ofUsers() []lookupField {
	s.Helper()
	fields := s.lookups("User", "{ viewer { %s } }")
	require.Greater(s, len(fields), 12)
	return fields
}

// selecting returns an operation with a selection of the caller and of another user.
func selecting(selection string) string {
	return fmt.Sprintf(`{ nodes(ids: [%q, %q]) { ... on User { %s } } }`, globalid.User("ada"), globalid.User("layla"), selection)
}

// TestNothingWaitsForTheTimer runs every arrangement of two and of three fields of users that make lookups: two as each
// kind of caller, three as one of them.
func TestNothingWaitsForTheTimer(t *testing.T) {
	t.Parallel()
	asEach(t, newStubService(), func(s *timerCheck) {
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

// TestRootFieldsWaitForNoTimer runs every two root fields with every two fields of users below them, and every three root
// fields alone.
func TestRootFieldsWaitForNoTimer(t *testing.T) {
	t.Parallel()
	asEach(t, newStubService(), func(s *timerCheck) {
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
					s.ask("{ "+sideBySide(a.plain(), b.plain(), c.plain())+"}", nil)
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
						s.ask("{ "+sideBySide(one.root.through(one.way, a.plain()), other.root.through(other.way, b.plain()))+"}", nil)
					}
				}
			}
		}
	})
}

// TestDeepFieldsWaitForNoTimer runs random selections with four levels, and selections that once waited for the timer.
func TestDeepFieldsWaitForNoTimer(t *testing.T) {
	t.Parallel()
	asEach(t, newStubService(), func(s *timerCheck) {
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

// randomly returns a random selection of fields of users, and of the users below them.
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
	return sideBySide(selected...)
}

// TestPayloadsWaitForNoTimer runs each mutation with every two fields of users below every two users of its payload.
func TestPayloadsWaitForNoTimer(t *testing.T) {
	t.Parallel()
	service := newStubService()
	for _, definition := range executors["gqlgen"](nil).Schema().Mutation.Fields {
		t.Run(definition.Name, func(t *testing.T) {
			t.Parallel()
			s := newTimerCheck(t, service, viewer.Viewer{})
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

// TestConditionsWaitForNoTimer runs selections with skipped fields, merged fields and fragments on interfaces.
func TestConditionsWaitForNoTimer(t *testing.T) {
	t.Parallel()
	asEach(t, newStubService(), func(s *timerCheck) {
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

// partlyBrokenStore is a stubStore with failing lookups of one kind.
type partlyBrokenStore struct {
	stubStore
	kind string
}

var errBroken = errors.New("broken")

func (b partlyBrokenStore) fails(kind string) error {
	if b.kind == kind {
		return errBroken
	}
	return nil
}

func (b partlyBrokenStore) Pages(ctx context.Context, keys []model.ConnectionKey) ([][]model.Edge, error) {
	if err := b.fails("pages"); err != nil {
		return nil, err
	}
	return b.stubStore.Pages(ctx, keys)
}

func (b partlyBrokenStore) Privates(ctx context.Context, ids []string) ([]*model.Private, error) {
	if err := b.fails("privates"); err != nil {
		return nil, err
	}
	return b.stubStore.Privates(ctx, ids)
}

func (b partlyBrokenStore) Relations(ctx context.Context, by string, ids []string) ([]model.Relation, error) {
	if b.fails("relations") != nil {
		panic("broken")
	}
	return b.stubStore.Relations(ctx, by, ids)
}

func (b partlyBrokenStore) Suggestions(ctx context.Context, id string, limit int) ([]model.SuggestionRank, error) {
	if err := b.fails("suggestions"); err != nil {
		return nil, err
	}
	return b.stubStore.Suggestions(ctx, id, limit)
}

// TestFailuresWaitForNoTimer runs lookups of one kind that fail next to and below other lookups.
func TestFailuresWaitForNoTimer(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"pages", "privates", "relations", "suggestions"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			whole := newTimerCheck(t, newStubService(), readers["operator"])
			s := newTimerCheck(t, newStubServiceOn(partlyBrokenStore{kind: kind}), readers["operator"])
			for _, selection := range pairs(whole.ofUsers()) {
				s.ask(selecting(selection), nil)
			}
		})
	}
}

// TestFullResponsesWaitForNoTimer exceeds the limit of response data while lookups wait. gqlgen's executor then calls no
// more resolvers, so announced lookups do not come.
func TestFullResponsesWaitForNoTimer(t *testing.T) {
	t.Parallel()
	s := newTimerCheck(t, newStubService(), readers["operator"])
	var names strings.Builder
	for n := range 240 {
		fmt.Fprintf(&names, "%s%d: createdAt ", strings.Repeat("n", 120), n)
	}
	const query = `{ viewer { ...L a: followers(first: 3) { nodes { ...L a: followers(first: 3) { nodes { ...L a: followers(first: 3) { nodes { ...L
		a: followers(first: 3) { nodes { ...L } } } } } } } } } } fragment L on User { email viewerIsFollowing ...N } fragment N on User { `
	for _, name := range []string{"compiled", "gqlgen"} {
		p := &waveCounter{}
		response, _ := s.apis[name].run(viewer.With(observe.With(t.Context(), p), s.caller), query+names.String()+"}", nil)
		require.Len(t, response.Errors, 1)
		require.Contains(t, response.Errors[0].Message, "the response is larger than the limit of")
		require.Zero(t, p.overdue.Load(), name)
	}
}

// TestManyCallsWaitForNoTimer selects one field under more aliases than resolvers run at once.
func TestManyCallsWaitForNoTimer(t *testing.T) {
	t.Parallel()
	s := newTimerCheck(t, newStubService(), readers["operator"])
	var pages, fields strings.Builder
	for n := range 15 {
		fmt.Fprintf(&pages, "p%d: followers(first: 1) { nodes { ...F } } ", n)
	}
	for n := range 140 {
		fmt.Fprintf(&fields, "f%d: viewerIsFollowing ", n)
	}
	p := s.run("compiled", "{ viewer { "+pages.String()+" } } fragment F on User { "+fields.String()+" }", nil)
	require.EqualValues(t, 3+1, p.waves.Load(), "three levels, and the last one in two parts")
	require.EqualValues(t, 2, p.batches.Load(), "the viewer with the pages, the relations of their users to the caller")
}
