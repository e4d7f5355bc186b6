package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

// blockSize is the number of bytes of one read from the source.
const blockSize = 64 << 10

// input reads a source in a separate goroutine. A read from a pipe may block forever, but a canceled import must end
// anyway. The goroutine ends when its Read returns.
type input struct {
	ctx    context.Context
	blocks <-chan block
	rest   []byte
	err    error

	bytes atomic.Int64       // read from the source so far; compressed bytes for a compressed source
	close context.CancelFunc // ends the reading ahead
}

func openInput(ctx context.Context, source io.Reader) *input {
	ctx, stop := context.WithCancel(ctx)
	return &input{ctx: ctx, close: stop, blocks: readAhead(ctx, source)}
}

// block is the result of one Read.
type block struct {
	data []byte
	err  error
}

// readAhead reads source block by block. At most two blocks are in flight, which bounds memory.
func readAhead(ctx context.Context, source io.Reader) <-chan block {
	blocks := make(chan block, 1)
	go func() {
		for {
			data := make([]byte, blockSize)
			n, err := source.Read(data)
			select {
			case blocks <- block{data[:n], err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return blocks
}

// Read implements io.Reader. It wraps errors of the source other than io.EOF.
func (in *input) Read(p []byte) (int, error) {
	for len(in.rest) == 0 {
		if in.err != nil {
			return 0, in.err
		}
		select {
		case b := <-in.blocks:
			in.rest, in.err = b.data, b.err
			if b.err != nil && !errors.Is(b.err, io.EOF) {
				in.err = fmt.Errorf("reading the input: %w", b.err)
			}
			in.bytes.Add(int64(len(b.data)))
		case <-in.ctx.Done():
			in.err = context.Cause(in.ctx)
		}
	}
	n := copy(p, in.rest)
	in.rest = in.rest[n:]
	return n, nil
}
