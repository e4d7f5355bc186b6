package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/meter"
)

// tracer charges every statement to the meter of the operation that it runs for, whoever sends it:
// the hot statements here and ent, which shares the pool.
type tracer struct{}

var _ pgx.BatchTracer = tracer{}

type startKey struct{}

func (tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	if meter.From(ctx) == nil {
		return ctx
	}
	return context.WithValue(ctx, startKey{}, time.Now())
}

func (tracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) {
	if start, ok := ctx.Value(startKey{}).(time.Time); ok {
		meter.From(ctx).Add(time.Since(start))
	}
}

type turnKey struct{}

// TraceBatchStart remembers when the turn of a statement begins: of the first one when all are sent, of each further one
// when the one before it was read.
func (tracer) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	if meter.From(ctx) == nil {
		return ctx
	}
	turn := time.Now()
	return context.WithValue(ctx, turnKey{}, &turn)
}

func (tracer) TraceBatchQuery(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchQueryData) {
	if turn, ok := ctx.Value(turnKey{}).(*time.Time); ok {
		meter.From(ctx).Add(time.Since(*turn))
		*turn = time.Now()
	}
}

func (tracer) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}
