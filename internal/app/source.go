package app

import (
	"context"
	"io"
	"os"

	"followgraph/internal/localfile"
)

// openSource opens the source of an import: a regular file; a pipe, such as a shell's process substitution; a device;
// or standard input for "-". The size is 0 if it is unknown. When ctx ends, opening or reading a pipe or device fails.
func openSource(ctx context.Context, path string) (io.ReadCloser, int64, error) {
	if path == "-" {
		return withContext(ctx, io.NopCloser(os.Stdin)), 0, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, err
	}
	if info.Mode().IsRegular() || info.IsDir() {
		file, err := localfile.Open(path)
		return file, info.Size(), err
	}
	file, err := openPipe(ctx, path)
	if err != nil {
		return nil, 0, err
	}
	return withContext(ctx, file), 0, nil
}

// openPipe waits until another process opens the other end of a pipe. If ctx ends first, openPipe returns, and a
// goroutine stays blocked until the process ends.
func openPipe(ctx context.Context, path string) (*os.File, error) {
	type result struct {
		file *os.File
		err  error
	}
	opened := make(chan result, 1)
	go func() {
		file, err := os.Open(path)
		opened <- result{file, err}
	}()
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case r := <-opened:
		return r.file, r.err
	}
}

// contextReader is a reader whose Read returns when a context ends. A read system call would stay blocked.
type contextReader struct {
	*io.PipeReader
	source io.Closer
	stop   func() bool
}

// withContext returns a reader whose Read returns when ctx ends. It copies the data once more, which costs little
// compared with an import. After ctx ends, a goroutine stays blocked in its read until the next bytes arrive or the
// process ends.
func withContext(ctx context.Context, source io.ReadCloser) io.ReadCloser {
	in, out := io.Pipe()
	go func() {
		_, err := io.Copy(out, source)
		_ = out.CloseWithError(err) // never fails
	}()
	stop := context.AfterFunc(ctx, func() { _ = out.CloseWithError(context.Cause(ctx)) })
	return contextReader{in, source, stop}
}

// Close stops the reader and closes the source.
func (r contextReader) Close() error {
	r.stop()
	_ = r.PipeReader.Close() // never fails
	return r.source.Close()
}
