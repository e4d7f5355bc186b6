package executor_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/executor"
	"followgraph/internal/executor/differential"
	"followgraph/internal/executor/internal/zoo"
)

// waveCounter records how many calls begin together, and how many of them are running.
type waveCounter struct {
	mu      sync.Mutex
	began   []int
	running int
}

func (r *waveCounter) Begin(calls int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.running != 0 {
		panic("a call runs that began before")
	}
	r.began = append(r.began, calls)
	r.running = calls
}

func (r *waveCounter) End() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running--
}

// TestWavesAreNotified counts calls, including those that fail, panic, have invalid arguments or are run by gqlgen.
func TestWavesAreNotified(t *testing.T) {
	t.Parallel()
	view := func(context.Context) (*zoo.View, error) { return &zoo.View{}, nil }
	for query, want := range map[string][]int{
		`{ view { field } }`: {1},
		`{ view { a: again { field } b: again { field } } }`:    {1, 2},
		`{ view { again { again { field } } more { field } } }`: {1, 2, 1},
		`{ staff(first: 9) { name } view { field } }`:           {2},
		`{ __schema { types { name } } view { field } }`:        {2},
		`{ views { again { field } } }`:                         {1, maxConcurrent, maxConcurrent, 5000 - 2*maxConcurrent},
	} {
		exec := newStubs(stub{view: view, views: manyViews, again: func(_ context.Context, of *zoo.View) (*zoo.View, error) {
			if of.Field == "broken" {
				panic("broken")
			}
			return &zoo.View{Field: "broken"}, nil
		}})["compiled"]
		var counter waveCounter
		_, err := differential.Ask(executor.WithWaves(t.Context(), &counter), exec, differential.Operation{Text: query})
		require.NoError(t, err)
		require.Equal(t, want, counter.began, query)
		require.Zero(t, counter.running, query)
	}
}
