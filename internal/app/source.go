package app

import (
	"context"
	"io"
	"os"

	"followgraph/internal/localfile"
)

// openSource opens what to import: a regular file; a pipe, such as one of a shell's process substitution, or a device; or
// as - standard input. The size is 0 where it is unknown. Of what may never come, opening and reading end with ctx.
func openSource(ctx context.Context, path string) (io.ReadCloser, int64, error) {
	if path == "-" {
		return interruptible(ctx, io.NopCloser(os.Stdin)), 0, nil
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
	return interruptible(ctx, file), 0, nil
}

// openPipe waits until another process has opened the other end of a pipe. Where ctx ends first, it still waits in the
// background until the process ends.
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

// interrupted is a reader that ends with a context, unlike a read of the system's.
type interrupted struct {
	*io.PipeReader
	source io.Closer
	stop   func() bool
}

// interruptible copies what it reads once more, which is little beside an import. Its reading goes on in the background
// until the next bytes come or the process ends.
func interruptible(ctx context.Context, source io.ReadCloser) io.ReadCloser {
	in, out := io.Pipe()
	go func() {
		_, err := io.Copy(out, source)
		_ = out.CloseWithError(err) // never fails
	}()
	stop := context.AfterFunc(ctx, func() { _ = out.CloseWithError(context.Cause(ctx)) })
	return interrupted{in, source, stop}
}

// Close ends the reading.
func (i interrupted) Close() error {
	i.stop()
	_ = i.PipeReader.Close() // never fails
	return i.source.Close()
}
