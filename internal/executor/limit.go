package executor

import (
	"context"
	"sync/atomic"
)

// Limit limits the data of one answer, in bytes. An execution that exceeds it stops, and its data is null. The owner of
// the limit reports the error.
type Limit struct {
	bytes int64
	used  atomic.Int64
}

type limitKey struct{}

// WithLimit returns a context whose operation has a limit on its data.
func WithLimit(ctx context.Context, bytes int) (context.Context, *Limit) {
	limit := &Limit{bytes: int64(bytes)}
	return context.WithValue(ctx, limitKey{}, limit), limit
}

// LimitOf returns the limit of ctx's operation, or nil.
func LimitOf(ctx context.Context) *Limit {
	limit, _ := ctx.Value(limitKey{}).(*Limit)
	return limit
}

// Use counts bytes that other packages write into the answer. It reports whether the answer is still within its limit.
func (l *Limit) Use(bytes int) bool {
	return l == nil || l.used.Add(int64(bytes)) <= l.bytes
}

// Exceeded reports whether the answer exceeded its limit.
func (l *Limit) Exceeded() bool { return l != nil && l.used.Load() > l.bytes }

// isFull reports whether the answer exceeds its limit. Each unfilled hole counts as at least one byte.
func (x *Execution) isFull() bool {
	if x.limit == nil || int64(len(x.buf)+len(x.holes)-x.filled) <= x.limit.bytes {
		return false
	}
	x.limit.used.Store(x.limit.bytes + 1)
	return true
}
