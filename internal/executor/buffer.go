package executor

import (
	"context"
	"sync"
)

// maxPooled bounds what a pool keeps of one answer, in bytes: a rare huge one goes to the garbage collector.
const maxPooled = 1 << 20

var buffers = sync.Pool{New: func() any { return new([]byte) }}

type bufferKey struct{}

// WithBuffer lends the operation of ctx a buffer for its answer's data. The caller calls release once the answer was
// written; its data is void then. Without a buffer each answer is allocated.
func WithBuffer(ctx context.Context) (_ context.Context, release func()) {
	buffer := buffers.Get().(*[]byte)
	return context.WithValue(ctx, bufferKey{}, buffer), func() {
		if cap(*buffer) <= maxPooled {
			buffers.Put(buffer)
		}
	}
}

// answerBuffer is where the data of ctx's operation goes, of length 0.
func answerBuffer(ctx context.Context) *[]byte {
	if buffer, ok := ctx.Value(bufferKey{}).(*[]byte); ok {
		*buffer = (*buffer)[:0]
		return buffer
	}
	return new([]byte)
}
