package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"followgraph/internal/meter"
	"followgraph/internal/observe"
)

// tracer charges every statement to the meter of the operation that it runs for, whoever sends it: the hot statements
// here and ent, which shares the pool. It tells the observer too, of those that no operation has a part in as well.
type tracer struct {
	observer observe.Observer // nil: nobody is told
}

var _ pgx.BatchTracer = tracer{}

// begun is a statement under way.
type statementStart struct {
	at   time.Time
	text string
}

type statementStartKey struct{}

// isIdle tells whether nobody wants to know of the statements of ctx.
func (t tracer) isIdle(ctx context.Context) bool { return t.observer == nil && meter.From(ctx) == nil }

func (t tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if t.isIdle(ctx) {
		return ctx
	}
	return context.WithValue(ctx, statementStartKey{}, statementStart{time.Now(), data.SQL})
}

func (t tracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	if b, ok := ctx.Value(statementStartKey{}).(statementStart); ok {
		t.ended(ctx, b, data.Err)
	}
}

type turnKey struct{}

// TraceBatchStart remembers when the turn of a statement begins: of the first one when all are sent, of each further one
// when the one before it was read.
func (t tracer) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	if t.isIdle(ctx) {
		return ctx
	}
	turn := time.Now()
	return context.WithValue(ctx, turnKey{}, &turn)
}

func (t tracer) TraceBatchQuery(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	if turn, ok := ctx.Value(turnKey{}).(*time.Time); ok {
		*turn = t.ended(ctx, statementStart{*turn, data.SQL}, data.Err)
	}
}

func (tracer) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// ended tells of a statement, and when it ended.
func (t tracer) ended(ctx context.Context, b statementStart, err error) time.Time {
	now := time.Now()
	if m := meter.From(ctx); m != nil {
		m.Add(now.Sub(b.at))
	}
	if t.observer != nil {
		t.observer.Statement(ctx, observe.Statement{Name: statementName(b.text), Begin: b.at, End: now, Failed: failure(err)})
	}
	return now
}

// failure is what may be told of a statement's error: a SQLSTATE, or one of two words.
func failure(err error) string {
	var reported *pgconn.PgError
	switch {
	case err == nil:
		return ""
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "canceled"
	case errors.As(err, &reported):
		return reported.Code
	default:
		return "connection"
	}
}
