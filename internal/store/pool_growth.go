package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// growth decides when the pool may open another connection after the server has refused one because it has too many.
//
// The pool then works with the connections that it has. An attempt to open another one does not fail: it waits in
// admit, where it occupies a slot in the pool, and the caller that needed it goes back to the queue for the open
// connections. Once an attempt waits for each missing connection, callers only wait for open connections, in the order of
// their arrival. Once per growthPause, one of the waiting attempts is made. After a success the others follow, one at a
// time.
type growth struct {
	limited atomic.Bool  // the server has refused a connection, and has not accepted all that were needed since
	refused atomic.Int64 // connections that the server has refused

	mu      sync.Mutex
	cause   error         // the last refusal
	next    time.Time     // no attempt before
	waiting int           // attempts in admit
	changed chan struct{} // closed when next changes
}

// growthPause is the time between two attempts while the server refuses connections.
const growthPause = time.Second

var (
	// errNoMore is the error of an acquisition that must wait for an open connection instead of a new one.
	errNoMore = errors.New("the database server accepts no more connections")
	// errNoneFree is the error of an acquisition whose deadline passes while it waits for an open connection.
	errNoneFree = fmt.Errorf("%w, and none of the open connections was free in time: %w", errNoMore, context.DeadlineExceeded)
)

// SQLSTATEs of refused connections. PgBouncer reports its limits with the second one.
const (
	tooManyConnections = "53300"
	protocolViolation  = "08P01"
)

// isRefusal reports whether the server refused a connection because it has too many.
func isRefusal(err error) bool {
	if errors.Is(err, errNoMore) {
		return true
	}
	var connect *pgconn.ConnectError
	if !errors.As(err, &connect) {
		return false
	}
	state := stateOf(err)
	return state == tooManyConnections || state == protocolViolation
}

// refuse records a refusal. It starts the pause.
func (g *growth) refuse(err error) {
	if errors.Is(err, errNoMore) {
		return // a consequence of a recorded one
	}
	g.refused.Add(1)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.cause, g.next = err, time.Now().Add(growthPause)
	if g.changed == nil {
		g.changed = make(chan struct{})
	}
	g.limited.Store(true)
}

// succeed records a new connection. If no other attempt waits, the pool is not limited any more.
func (g *growth) succeed() {
	if !g.limited.Load() {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.waiting == 0 {
		g.limited.Store(false)
	}
	g.next = time.Now()
	close(g.changed)
	g.changed = make(chan struct{})
}

// admit delays an attempt to connect while the server refuses connections. It returns the refusal if there is no open
// connection for which the caller could wait.
func (p *connections) admit(ctx context.Context) error {
	g := &p.growth
	if !g.limited.Load() {
		return nil
	}
	acquisition, canReturn := ctx.Value(acquisitionKey{}).(*acquisition)
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.limited.Load() {
		if now := time.Now(); !now.Before(g.next) {
			g.next = now.Add(growthPause)
			return nil
		}
		if !canReturn || ctx.Err() != nil || !p.hasOpen() {
			return fmt.Errorf("%w: %w", errNoMore, g.cause)
		}
		acquisition.cancel(errNoMore)
		g.waiting++
		changed, pause := g.changed, time.NewTimer(growthPause)
		g.mu.Unlock()
		select {
		case <-changed:
		case <-pause.C:
		case <-ctx.Done(): // the pool is closed
		}
		pause.Stop()
		g.mu.Lock()
		g.waiting--
	}
	return nil
}

// hasOpen reports whether the pool has an open connection.
func (p *connections) hasOpen() bool {
	stat := p.Stat()
	return stat.AcquiredConns()+stat.IdleConns() > 0
}

// acquisition is the context of one acquisition while the pool is limited. Canceling it with errNoMore sends the caller
// back to the queue.
type acquisition struct {
	context.Context
	cancel context.CancelCauseFunc
}

type acquisitionKey struct{}

// Err returns errNoMore or errNoneFree instead of the errors of the context below.
func (a *acquisition) Err() error {
	err := a.Context.Err()
	switch {
	case err == nil:
		return nil
	case errors.Is(context.Cause(a.Context), errNoMore):
		return errNoMore
	case errors.Is(err, context.DeadlineExceeded):
		return errNoneFree
	default:
		return err
	}
}

// Value returns the acquisition itself for its key.
func (a *acquisition) Value(key any) any {
	if key == (acquisitionKey{}) {
		return a
	}
	return a.Context.Value(key)
}

// poolTracer is the tracer of the statements, with hooks for the acquisitions of a limited pool.
type poolTracer struct {
	tracer
	pool *connections
}

var _ pgxpool.AcquireTracer = poolTracer{}

// TraceAcquireStart returns the context of an acquisition.
func (t poolTracer) TraceAcquireStart(ctx context.Context, _ *pgxpool.Pool, _ pgxpool.TraceAcquireStartData) context.Context {
	if !t.pool.growth.limited.Load() {
		return ctx
	}
	below, cancel := context.WithCancelCause(ctx)
	return &acquisition{below, cancel}
}

// TraceAcquireEnd releases the context of an acquisition.
func (poolTracer) TraceAcquireEnd(ctx context.Context, _ *pgxpool.Pool, _ pgxpool.TraceAcquireEndData) {
	if acquisition, ok := ctx.(*acquisition); ok {
		acquisition.cancel(nil)
	}
}
