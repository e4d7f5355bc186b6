package executor

import (
	"context"
	"sync"
)

// maxPooled limits the size of pooled buffers, in bytes. Larger buffers are rare and are left to the garbage collector.
const maxPooled = 1 << 20

var buffers = sync.Pool{New: func() any { return new([]byte) }}

type bufferKey struct{}

// WithBuffer returns a context whose operation writes its data into a pooled buffer. Call release after sending the
// response: it invalidates the data. Without WithBuffer, each execution allocates its answer.
func WithBuffer(ctx context.Context) (_ context.Context, release func()) {
	buffer := buffers.Get().(*[]byte)
	return context.WithValue(ctx, bufferKey{}, buffer), func() {
		if cap(*buffer) <= maxPooled {
			buffers.Put(buffer)
		}
	}
}

// answerBuffer returns the empty buffer for the data of ctx's operation.
func answerBuffer(ctx context.Context) *[]byte {
	if buffer, ok := ctx.Value(bufferKey{}).(*[]byte); ok {
		*buffer = (*buffer)[:0]
		return buffer
	}
	return new([]byte)
}
