package executor

import (
	"context"
	"sync/atomic"
)

// Limit bounds the data of one answer, in bytes. An execution that comes over it stops, and its data is null; to say so is
// up to whoever set the limit.
type Limit struct {
	bytes int64
	used  atomic.Int64
}

type limitKey struct{}

// WithLimit bounds the answer of ctx's operation.
func WithLimit(ctx context.Context, bytes int) (context.Context, *Limit) {
	limit := &Limit{bytes: int64(bytes)}
	return context.WithValue(ctx, limitKey{}, limit), limit
}

// LimitOf is the limit of ctx's operation, nil without one.
func LimitOf(ctx context.Context) *Limit {
	limit, _ := ctx.Value(limitKey{}).(*Limit)
	return limit
}

// Use is for what others than this package write into the answer: it counts their bytes, and is false once there are
// too many.
func (l *Limit) Use(bytes int) bool {
	return l == nil || l.used.Add(int64(bytes)) <= l.bytes
}

// Exceeded tells whether the answer came over its limit.
func (l *Limit) Exceeded() bool { return l != nil && l.used.Load() > l.bytes }

// isFull reports whether to stop, because what was written is over the limit, with a byte at least for each hole that is
// still to be filled.
func (x *Execution) isFull() bool {
	if x.limit == nil || int64(len(x.buf)+len(x.holes)-x.filled) <= x.limit.bytes {
		return false
	}
	x.limit.used.Store(x.limit.bytes + 1)
	return true
}
