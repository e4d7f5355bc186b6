//go:build unix

package app

import (
	"context"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestSourceWithoutWriter(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, unix.Mkfifo(pipe, 0o600))
	interrupted := errors.New("interrupted")

	t.Run("never opened", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(interrupted)
		_, _, err := openSource(ctx, pipe)
		require.ErrorIs(t, err, interrupted)
	})
	t.Run("never written", func(t *testing.T) {
		t.Parallel()
		in, out, err := os.Pipe()
		require.NoError(t, err)
		defer out.Close()
		ctx, cancel := context.WithCancelCause(t.Context())
		source := withContext(ctx, in)
		go cancel(interrupted)
		_, err = io.ReadAll(source)
		require.ErrorIs(t, err, interrupted)
		require.NoError(t, source.Close())
	})
	t.Run("a directory", func(t *testing.T) {
		t.Parallel()
		_, _, err := openSource(t.Context(), filepath.Dir(pipe))
		require.ErrorContains(t, err, "is a directory")
	})
}

func TestSourceOfAPipe(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, unix.Mkfifo(pipe, 0o600))
	written := make(chan error, 1)
	go func() { written <- os.WriteFile(pipe, []byte("rows"), 0) }()
	source, size, err := openSource(t.Context(), pipe)
	require.NoError(t, err)
	require.Zero(t, size)
	rows, err := io.ReadAll(source)
	require.NoError(t, err)
	require.Equal(t, "rows", string(rows))
	require.NoError(t, source.Close())
	require.NoError(t, <-written)
}

func TestDatabaseFiles(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, unix.Mkfifo(pipe, 0o600))
	for parameter := range databaseFiles {
		address := "postgres://u:secret@127.0.0.1/d?" + url.Values{parameter: {pipe}}.Encode()
		err := checkDatabaseFiles(address)
		require.ErrorContains(t, err, parameter)
		require.ErrorContains(t, err, pipe+": is a pipe")
		require.NotContains(t, err.Error(), "secret")
	}
	require.NoError(t, checkDatabaseFiles("postgres://u@127.0.0.1/d?sslrootcert=system&passfile=/nowhere"))
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	ready := newReadiness(ctx)
	require.ErrorIs(t, ready.check(t.Context()), errStarting)
	broken := errors.New("no database")
	ready.begin(func(context.Context) error { return broken })
	require.ErrorIs(t, ready.check(t.Context()), broken)
	stop()
	require.ErrorIs(t, ready.check(t.Context()), errStopping)
}
