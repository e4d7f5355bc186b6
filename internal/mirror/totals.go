package mirror

import (
	"context"
	"sync"
	"time"

	"followgraph/internal/model"
	"followgraph/internal/store"
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

// SQLStore is the store of a server that reads the primary alone, and needs no Mirror. It shares counts of the graph as
// Store does.
type SQLStore struct {
	*store.Store
	totals *totals
}

// NewSQLStore returns the store of a server without a Mirror.
func NewSQLStore(primary *store.Store) *SQLStore { return &SQLStore{primary, newTotals()} }

// GraphTotals implements social.Reader.
func (s *SQLStore) GraphTotals(ctx context.Context) (model.GraphTotals, error) {
	return s.totals.get(ctx, s.Store.GraphTotals)
}
