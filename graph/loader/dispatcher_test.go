package loader

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/observe"
)

// overdueCounter counts the waves that waited for the timer.
type overdueCounter struct {
	observe.Nothing
	waves atomic.Int64
}

func (l *overdueCounter) Overdue(context.Context, int) { l.waves.Add(1) }

// TestCallsAreCounted has calls of an executor that make no lookup, one, or several in sequence. Each wave has the lookups
// of all calls that still run, and announcements are ignored.
func TestCallsAreCounted(t *testing.T) {
	t.Parallel()
	s, l := &source{}, &overdueCounter{}
	d := operation(observe.With(t.Context(), l), 7)
	r := newRelation(d, "things", s.fetch)
	lookups := [][]int{{}, {1}, {2, 3}, {2, 4, 5}, {6}}
	d.Begin(len(lookups))
	var calls sync.WaitGroup
	for _, keys := range lookups {
		calls.Go(func() {
			defer d.End()
			for _, key := range keys {
				_, err := r.load(t.Context(), 3, key) // of three users of a level
				if err != nil {
					t.Errorf("load(%d): %v", key, err)
				}
				d.expect(100) // ignored: the next calls make the lookups below
				d.settle(3)
			}
		})
	}
	calls.Wait()
	require.Equal(t, [][]int{{1, 2, 6}, {3, 4}, {5}}, s.batches)
	require.Zero(t, l.waves.Load())
}

// TestUnannouncedLookups makes more lookups than were announced: they are sent without waiting for the timer.
func TestUnannouncedLookups(t *testing.T) {
	t.Parallel()
	s, l := &source{hold: make(chan struct{})}, &overdueCounter{}
	r := newRelation(operation(observe.With(t.Context(), l), 1), "things", s.fetch)
	var all sync.WaitGroup
	for key := range 3 {
		all.Go(func() { _, _ = ask(t.Context(), r, key) })
	}
	close(s.hold)
	all.Wait()
	require.Zero(t, l.waves.Load())
}

// TestOverdueWavesAreReported has waves that wait for missing lookups: each is counted, and the operation is logged once.
func TestOverdueWavesAreReported(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s, l := &source{}, &overdueCounter{}
		var d dispatcher
		d.begin(observe.With(t.Context(), l), slog.New(slog.NewTextHandler(&log, nil)), 3)
		r := newRelation(&d, "things", s.fetch)
		for n := range 3 {
			began := time.Now()
			_, err := ask(t.Context(), r, n)
			require.NoError(t, err)
			require.Equal(t, overdue*patience, time.Since(began))
			d.expect(3)
		}
		require.EqualValues(t, 3, l.waves.Load())
		require.Equal(t, 1, strings.Count(log.String(), "level=WARN"), log.String())
		require.Contains(t, log.String(), `waiting=[things] missing=2`)
	})
}

// TestTimeoutEndsTheWait ends an operation with lookups that wait for missing ones, before and after the timer sends the
// first wave.
func TestTimeoutEndsTheWait(t *testing.T) {
	t.Parallel()
	for _, timeout := range []time.Duration{overdue * patience / 2, 10 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), timeout)
			defer cancel()
			d := operation(ctx, 2)
			s := &source{hold: make(chan struct{})} // batches do not return
			r := newRelation(d, "things", s.fetch)
			began := time.Now()
			_, err := ask(ctx, r, 1)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.Equal(t, timeout, time.Since(began))
		})
	}
}

// TestTimerWatchesEveryWave makes lookups that arrive during a wave and then wait for missing ones.
func TestTimerWatchesEveryWave(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &overdueCounter{}
		d := operation(observe.With(t.Context(), l), 1)
		s := &source{hold: make(chan struct{})}
		r := newRelation(d, "things", s.fetch)
		var all sync.WaitGroup
		all.Go(func() { _, _ = ask(t.Context(), r, 1) })
		synctest.Wait() // the first wave is being fetched
		all.Go(func() { _, _ = ask(t.Context(), r, 2) })
		synctest.Wait()
		d.expect(5)
		close(s.hold)
		all.Wait()
		require.EqualValues(t, 1, l.waves.Load())
	})
}
