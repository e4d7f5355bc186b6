package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"followgraph/internal/observe"
	"followgraph/internal/observe/meter"
)

// tracer charges every statement to the meter of the operation that it runs for, including the statements of ent, which
// uses the same pool. It also reports every statement to the observer, including those that belong to no operation.
type tracer struct {
	observer observe.Observer // may be nil
	server   observe.Server
}

var _ pgx.BatchTracer = tracer{}

// statementStart is a statement that is running.
type statementStart struct {
	at   time.Time
	text string
}

type statementStartKey struct{}

// isIdle reports whether neither a meter nor an observer receives the statements of ctx.
func (t tracer) isIdle(ctx context.Context) bool { return t.observer == nil && meter.From(ctx) == nil }

func (t tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if t.isIdle(ctx) {
		return ctx
	}
	return context.WithValue(ctx, statementStartKey{}, statementStart{time.Now(), data.SQL})
}

func (t tracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	if b, ok := ctx.Value(statementStartKey{}).(statementStart); ok {
		t.end(ctx, b, data.Err)
	}
}

type turnKey struct{}

// TraceBatchStart records when a statement of the batch starts: the first one when the batch is sent, each other one
// when the results of the previous one were read.
func (t tracer) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	if t.isIdle(ctx) {
		return ctx
	}
	turn := time.Now()
	return context.WithValue(ctx, turnKey{}, &turn)
}

func (t tracer) TraceBatchQuery(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	if data.SQL == replicaPositionSQL {
		return // it is part of each read from a standby; its time is that of the next statement
	}
	if turn, ok := ctx.Value(turnKey{}).(*time.Time); ok {
		*turn = t.end(ctx, statementStart{*turn, data.SQL}, data.Err)
	}
}

func (tracer) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// end reports a statement and returns the time of its end.
func (t tracer) end(ctx context.Context, b statementStart, err error) time.Time {
	now := time.Now()
	if m := meter.From(ctx); m != nil {
		m.Add(now.Sub(b.at))
	}
	if t.observer != nil {
		t.observer.Statement(ctx, observe.Statement{Name: statementName(b.text), Server: t.server, Begin: b.at, End: now, Failed: failure(err)})
	}
	return now
}

// failure returns the reportable part of a statement's error: a SQLSTATE, or one of two words.
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
