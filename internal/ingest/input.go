package ingest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

// blockSize is how much is read from the input at once, in bytes.
const blockSize = 64 << 10

// input is a text stream, unpacked and without its byte order mark.
type input struct {
	*bufio.Reader
	bytes atomic.Int64       // read from the source so far: compressed bytes where it is compressed
	close context.CancelFunc // ends the reading ahead
}

// openInput looks at the first bytes to tell gzip from plain text. The buffer holds one line of
// maxLine bytes and its line break.
func openInput(ctx context.Context, source io.Reader) (*input, error) {
	ctx, stop := context.WithCancel(ctx)
	in := &input{close: stop}
	raw := bufio.NewReader(&aheadReader{ctx: ctx, blocks: readAhead(ctx, source), count: &in.bytes})
	var text io.Reader = raw
	if magic, err := raw.Peek(2); err == nil && bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(raw)
		if err != nil {
			stop()
			return nil, readError(err)
		}
		text = unpacked
	}
	in.Reader = bufio.NewReaderSize(text, maxLine+len("\r\n"))
	if mark, err := in.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = in.Discard(3)
	}
	return in, nil
}

// readError says in a reader's words what is wrong with the input.
func readError(err error) error {
	switch {
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum):
		return fmt.Errorf("the gzip data is damaged: %w", err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the gzip data ends early: %w", err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	return fmt.Errorf("reading the input: %w", err)
}

// block is the outcome of one Read.
type block struct {
	data []byte
	err  error
}

// readAhead reads source on a goroutine of its own: a pipe can stay silent for ever, and an import
// that is cancelled meanwhile must still end. A goroutine in such a Read lives as long as the Read.
// Two blocks in flight bound the memory.
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

// aheadReader is the reading end of readAhead.
type aheadReader struct {
	ctx    context.Context
	blocks <-chan block
	count  *atomic.Int64
	rest   []byte
	err    error
}

func (r *aheadReader) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		select {
		case b := <-r.blocks:
			r.rest, r.err = b.data, b.err
			r.count.Add(int64(len(b.data)))
		case <-r.ctx.Done():
			r.err = context.Cause(r.ctx)
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}
