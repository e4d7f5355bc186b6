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

// operations is the number of random operations that TestDifferential runs.
var operations = flag.Int("operations", 2000, "how many random operations the two executors are compared on")

// options configure the random operations of the zoo.
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

// TestDifferential runs thousands of random operations on both executors. Some operations fail, in every way that the
// zoo supports.
func TestDifferential(t *testing.T) {
	t.Parallel()
	const parts = 8
	for part := range parts {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			theirs, ours := newZoo()
			withMiddleware := part%2 == 0
			if withMiddleware {
				addMiddleware(theirs)
				addMiddleware(ours)
			}
			for i := range *operations / parts {
				seed := uint64(part*1_000_000 + i)
				compare(t, theirs, ours, rand.New(rand.NewPCG(seed, 0)), seed, !withMiddleware)
			}
		})
	}
}

// runByGqlgen matches what gqlgen's own code runs. Its errors have no fixed order.
var runByGqlgen = regexp.MustCompile(`@(defer|shout|noted|watched)|\b(__schema|__type|query|passed|refused|remembered|praised|` +
	`kept|denied|reminded|checked|badge|mentor|meow|prey|density|bag)\b`)

// compare runs a random operation with random faults, and fails if the answers differ. It runs the operation twice on
// the compiled executor: both answers must be equal, including the order of errors unless gqlgen runs a part.
func compare(t *testing.T, theirs, ours *gqlgen.Executor, r *rand.Rand, seed uint64, orderly bool) {
	t.Helper()
	randomOptions := options
	randomOptions.Defer = r.IntN(20) == 0
	operation := differential.NewOperation(r, randomOptions)
	faults := randomFaults(r)
	ctx := zoo.WithFaults(t.Context(), faults)
	want := answer(t, ctx, theirs, operation)
	got := answer(t, ctx, ours, operation)
	reported := got
	reported.Errors = slices.DeleteFunc(slices.Clone(got.Errors), func(err string) bool { return isBelowNull(t, err, got.Data[0]) })
	if difference := differential.Differ(want, reported); difference != "" {
		t.Fatalf("seed %d, faults %+v\n%s\n\n%s", seed, faults, operation, difference)
	}
	again := answer(t, ctx, ours, operation)
	if orderly && !runByGqlgen.MatchString(strings.TrimPrefix(operation.Text, "query")) {
		require.Equal(t, got.Errors, again.Errors, "the second answer: seed %d, faults %+v\n%s", seed, faults, operation)
	}
	require.Equal(t, got.Data, again.Data, "the second answer: seed %d, faults %+v\n%s", seed, faults, operation)
}

// isBelowNull reports whether an error is of a scalar with a context below a value that became null. The compiled
// executor reports such errors. gqlgen writes these scalars at the end, and only those that are left.
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

// randomFaults returns rates of faults: none, few or many.
func randomFaults(r *rand.Rand) zoo.Faults {
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

// TestSharedPlans runs a few documents concurrently on one executor, each with its own variables and faults. All get
// the same answers as in sequence.
func TestSharedPlans(t *testing.T) {
	t.Parallel()
	theirs, ours := newZoo()
	var asking sync.WaitGroup
	for document := range uint64(20) {
		operation := differential.NewOperation(rand.New(rand.NewPCG(document, 1)), options)
		for asker := range uint64(8) {
			faults := randomFaults(rand.New(rand.NewPCG(document, asker)))
			ctx := zoo.WithFaults(t.Context(), faults)
			asking.Go(func() {
				want, err := differential.Ask(ctx, theirs, operation)
				if err != nil {
					t.Error(err)
				}
				for range 4 {
					got, err := differential.Ask(ctx, ours, operation)
					if difference := differential.Differ(want, got); err != nil || difference != "" {
						t.Errorf("faults %+v\n%s\n\n%v\n%s", faults, operation, err, difference)
						return
					}
				}
			})
		}
	}
	asking.Wait()
}

// FuzzDifferential derives the operation and its faults from the input.
func FuzzDifferential(f *testing.F) {
	for seed := range byte(8) {
		f.Add([]byte{seed, seed * 31, 200, 100, 50, seed})
	}
	theirs, ours := newZoo()
	f.Fuzz(func(t *testing.T, randomOptions []byte) {
		compare(t, theirs, ours, rand.New(newBytesSource(randomOptions)), 0, true)
	})
}

// bytesSource is a source of random numbers that reads them from bytes, and generates them after the last byte.
type bytesSource struct {
	left []byte
	rest *rand.PCG
}

func newBytesSource(randomOptions []byte) *bytesSource {
	hash := fnv.New64a()
	_, _ = hash.Write(randomOptions)
	return &bytesSource{left: randomOptions, rest: rand.NewPCG(hash.Sum64(), 0)}
}

// Uint64 spreads one byte over the number, so that each byte is one choice.
func (s *bytesSource) Uint64() uint64 {
	if len(s.left) == 0 {
		return s.rest.Uint64()
	}
	randomOptions := s.left[0]
	s.left = s.left[1:]
	return uint64(randomOptions) * 0x0101010101010101
}
