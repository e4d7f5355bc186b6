package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

// blockSize is how much is read from the input at once, in bytes.
const blockSize = 64 << 10

// input reads a source on a goroutine of its own: a pipe can stay silent for ever, and an import that is cancelled
// meanwhile must still end. A goroutine in such a Read lives as long as the Read.
type input struct {
	ctx    context.Context
	blocks <-chan block
	rest   []byte
	err    error

	bytes atomic.Int64       // read from the source so far: compressed bytes where it is compressed
	close context.CancelFunc // ends the reading ahead
}

func openInput(ctx context.Context, source io.Reader) *input {
	ctx, stop := context.WithCancel(ctx)
	return &input{ctx: ctx, close: stop, blocks: readAhead(ctx, source)}
}

// block is the outcome of one Read.
type block struct {
	data []byte
	err  error
}

// readAhead reads source block by block. Two blocks in flight bound the memory.
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

// Read returns the source's errors, but for io.EOF, wrapped.
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
