package mirror

import (
	"context"
	"sync"
	"time"

	"followgraph/internal/apperr"
	"followgraph/internal/limit"
	"followgraph/internal/model"
	"followgraph/internal/store"
)

// A count of the graph by SQL is used for totalsAge, or for totalsShare times as long as it took if that is longer. So
// counting takes at most one connection in totalsShare, however large the tables are. After a count that failed there is
// no other one for totalsShare times as long as it took, at most for totalsRetry.
const (
	totalsAge   = 10 * time.Second
	totalsShare = 50
	totalsRetry = time.Minute
)

// totals is the last count of the graph by SQL.
type totals struct {
	turn limit.Mutex // held while an operation counts

	mu     sync.Mutex
	last   model.GraphTotals
	failed bool      // whether there is no last because the count failed
	until  time.Time // zero if nothing was counted
}

func newTotals() *totals { return &totals{turn: limit.NewMutex()} }

// get returns the last count, or a new one if that is too old. If several operations need a new one, one of them counts
// and the others wait for it. If the last count failed just before, the error is OVERLOADED.
func (t *totals) get(ctx context.Context, count func(context.Context) (model.GraphTotals, error)) (model.GraphTotals, error) {
	if last, ok, err := t.current(); ok {
		return last, err
	}
	if err := t.turn.Lock(ctx); err != nil {
		return model.GraphTotals{}, err
	}
	defer t.turn.Unlock()
	if last, ok, err := t.current(); ok {
		return last, err
	}
	began := time.Now()
	counted, err := countForAll(ctx, count)
	share := totalsShare * time.Since(began)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last, t.failed, t.until = counted, err != nil, time.Now().Add(max(totalsAge, share))
	if t.failed {
		t.until = time.Now().Add(min(totalsRetry, share))
	}
	return counted, err
}

// countForAll counts within the time of ctx, but to the end even if the client leaves: others share the count, and clients
// that leave again and again would keep a connection busy with counts that are of use to none.
func countForAll(ctx context.Context, count func(context.Context) (model.GraphTotals, error)) (model.GraphTotals, error) {
	detached := context.WithoutCancel(ctx)
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		detached, cancel = context.WithDeadline(detached, deadline)
		defer cancel()
	}
	return count(detached)
}

// current returns the last count, or the error after one that failed; ok is false if the graph has to be counted.
func (t *totals) current() (last model.GraphTotals, ok bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	left := time.Until(t.until)
	if t.failed {
		err = apperr.Overload(left, "the graph could not be counted just now")
	}
	return t.last, left > 0, err
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
