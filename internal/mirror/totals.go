package mirror

import (
	"context"
	"sync"
	"time"

	"followgraph/internal/model"
)

// A count of the graph by SQL is used for totalsAge, or for totalsShare times as long as it took if that is longer. So
// counting takes at most one connection in totalsShare, however large the tables are.
const (
	totalsAge   = 10 * time.Second
	totalsShare = 50
)

// totals is the last count of the graph by SQL.
type totals struct {
	turn chan struct{} // has an element while an operation counts

	mu    sync.Mutex
	last  model.GraphTotals
	until time.Time // zero if there is no count
}

func newTotals() *totals { return &totals{turn: make(chan struct{}, 1)} }

// get returns the last count, or a new one if that is too old. If several operations need a new one, one of them counts
// and the others wait for it.
func (t *totals) get(ctx context.Context, count func(context.Context) (model.GraphTotals, error)) (model.GraphTotals, error) {
	if last, ok := t.current(); ok {
		return last, nil
	}
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return model.GraphTotals{}, ctx.Err()
	}
	if last, ok := t.current(); ok {
		return last, nil
	}
	began := time.Now()
	counted, err := count(ctx)
	if err != nil {
		return counted, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last, t.until = counted, time.Now().Add(max(totalsAge, totalsShare*time.Since(began)))
	return counted, nil
}

// current returns the last count; ok is false if there is none that may be used.
func (t *totals) current() (last model.GraphTotals, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last, time.Now().Before(t.until)
}
