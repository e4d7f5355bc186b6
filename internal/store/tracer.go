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
