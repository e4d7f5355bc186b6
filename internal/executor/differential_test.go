package executor_test

import (
	"context"
	"encoding/json"
	"flag"
	"hash/fnv"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	gqlgen "github.com/99designs/gqlgen/graphql/executor"
	"github.com/stretchr/testify/require"

	"followgraph/internal/executor/differential"
	"followgraph/internal/executor/internal/zoo"
)

// operations is how many random operations TestDifferential runs.
var operations = flag.Int("operations", 2000, "how many random operations the two executors are compared on")

// options are how random operations of the zoo are made.
var options = differential.Options{
	Schema: zoo.NewExecutableSchema(zoo.NewConfig()).Schema(),
	Values: map[string]func(r *rand.Rand) any{
		"Token":  func(r *rand.Rand) any { return []any{"", "fine", "fine", "bad", "panic", 5}[r.IntN(6)] },
		"Moment": func(r *rand.Rand) any { return []any{"2026-01-02T03:04:05Z", "never"}[r.IntN(2)] },
		"Score":  func(r *rand.Rand) any { return r.IntN(14) },
		"Any": func(r *rand.Rand) any {
			return []any{1, "one", []any{1, "two"}, map[string]any{"three": 3}}[r.IntN(4)]
		},
		"Int": func(r *rand.Rand) any { return []int{0, 1, 1, 2, 2, 3, 10, 1 << 33}[r.IntN(8)] },
	},
	FieldDirectives: []string{"@shout", "@shout(times: 2)", "@noted"},
	QueryDirectives: []string{"@watched", `@watched(by: "me")`},
	Introspection: []string{
		`__schema { queryType { name } types { name } }`,
		`__type(name: "Being") { name kind possibleTypes { name } }`,
	},
}

// TestDifferential asks both executors thousands of random operations, of which a part fails in every way.
func TestDifferential(t *testing.T) {
	t.Parallel()
	const parts = 8
	for part := range parts {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			theirs, ours := newZoo()
			meddled := part%2 == 0
			if meddled {
				meddle(theirs)
				meddle(ours)
			}
			for i := range *operations / parts {
				seed := uint64(part*1_000_000 + i)
				compare(t, theirs, ours, rand.New(rand.NewPCG(seed, 0)), seed, !meddled)
			}
		})
	}
}

// leftToGqlgen finds what gqlgen's own code runs, which reports errors in no order.
var leftToGqlgen = regexp.MustCompile(`@(defer|shout|noted|watched)|\b(__schema|__type|query|passed|refused|remembered|praised|` +
	`kept|denied|reminded|checked|badge|mentor|meow|prey|density|bag)\b`)

// compare makes an operation and the luck to run it with, and tells where the answers differ. Our second answer is the
// same as the first, to the order of its errors where that is certain.
func compare(t *testing.T, theirs, ours *gqlgen.Executor, r *rand.Rand, seed uint64, orderly bool) {
	t.Helper()
	chosen := options
	chosen.Defer = r.IntN(20) == 0
	operation := differential.NewOperation(r, chosen)
	luck := luckFrom(r)
	ctx := zoo.WithFaults(t.Context(), luck)
	want := answer(t, ctx, theirs, operation)
	got := answer(t, ctx, ours, operation)
	reported := got
	reported.Errors = slices.DeleteFunc(slices.Clone(got.Errors), func(err string) bool { return isBelowNull(t, err, got.Data[0]) })
	if difference := differential.Differ(want, reported); difference != "" {
		t.Fatalf("seed %d, luck %+v\n%s\n\n%s", seed, luck, operation, difference)
	}
	again := answer(t, ctx, ours, operation)
	if orderly && !leftToGqlgen.MatchString(strings.TrimPrefix(operation.Text, "query")) {
		require.Equal(t, got.Errors, again.Errors, "the second answer: seed %d, luck %+v\n%s", seed, luck, operation)
	}
	require.Equal(t, got.Data, again.Data, "the second answer: seed %d, luck %+v\n%s", seed, luck, operation)
}

// isBelowNull tells whether an error is that of a scalar which writes itself with a context, below what became null.
// Ours reports it, gqlgen writes such scalars last of all, and only those that are left.
func isBelowNull(t *testing.T, text, data string) bool {
	t.Helper()
	if !strings.Contains(text, "a score of 13") && !strings.Contains(text, "cannot marshal infinite") {
		return false
	}
	var err struct{ Path []any }
	require.NoError(t, json.Unmarshal([]byte(text), &err))
	var at any
	require.NoError(t, json.Unmarshal([]byte(data), &at))
	for _, step := range err.Path {
		switch around := at.(type) {
		case map[string]any:
			at = around[step.(string)]
		case []any:
			at = around[int(step.(float64))]
		default:
			return true
		}
	}
	return false
}

// luckFrom makes the rates at which values fail: none, few or many.
func luckFrom(r *rand.Rand) zoo.Faults {
	rate := func() int { return []int{0, 0, 20, 100, 300}[r.IntN(5)] }
	return zoo.Faults{Seed: r.Uint64(), Errors: rate(), Panics: rate() / 2, Nulls: rate()}
}

func answer(t *testing.T, ctx context.Context, exec *gqlgen.Executor, operation differential.Operation) differential.Answer { //nolint:revive // t comes first
	t.Helper()
	answer, err := differential.Ask(ctx, exec, operation)
	require.NoError(t, err, "%s", operation)
	require.False(t, answer.Refused, "%s\n%v", operation, answer.Errors)
	return answer
}

// TestSharedPlans asks a few documents of one executor from many goroutines at once, each with variables and luck of its
// own: all get the answers that they get one after the other.
func TestSharedPlans(t *testing.T) {
	t.Parallel()
	theirs, ours := newZoo()
	var asking sync.WaitGroup
	for document := range uint64(20) {
		operation := differential.NewOperation(rand.New(rand.NewPCG(document, 1)), options)
		for asker := range uint64(8) {
			luck := luckFrom(rand.New(rand.NewPCG(document, asker)))
			ctx := zoo.WithFaults(t.Context(), luck)
			asking.Go(func() {
				want, err := differential.Ask(ctx, theirs, operation)
				if err != nil {
					t.Error(err)
				}
				for range 4 {
					got, err := differential.Ask(ctx, ours, operation)
					if difference := differential.Differ(want, got); err != nil || difference != "" {
						t.Errorf("luck %+v\n%s\n\n%v\n%s", luck, operation, err, difference)
						return
					}
				}
			})
		}
	}
	asking.Wait()
}

// FuzzDifferential has the bytes choose the operation and its luck.
func FuzzDifferential(f *testing.F) {
	for seed := range byte(8) {
		f.Add([]byte{seed, seed * 31, 200, 100, 50, seed})
	}
	theirs, ours := newZoo()
	f.Fuzz(func(t *testing.T, chosen []byte) {
		compare(t, theirs, ours, rand.New(newBytesSource(chosen)), 0, true)
	})
}

// bytesSource is a source of numbers that takes them from bytes, and makes them up once those are used up.
type bytesSource struct {
	left []byte
	rest *rand.PCG
}

func newBytesSource(chosen []byte) *bytesSource {
	hash := fnv.New64a()
	_, _ = hash.Write(chosen)
	return &bytesSource{left: chosen, rest: rand.NewPCG(hash.Sum64(), 0)}
}

// Uint64 spreads a byte over a number, so that each byte is a choice of its own.
func (s *bytesSource) Uint64() uint64 {
	if len(s.left) == 0 {
		return s.rest.Uint64()
	}
	chosen := s.left[0]
	s.left = s.left[1:]
	return uint64(chosen) * 0x0101010101010101
}
