package httpserver

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// dumpTest opens dumps that a test writes.
type dumpTest struct {
	write  func(context.Context, io.Writer) error
	closed atomic.Int32
}

func (d *dumpTest) open(context.Context) (*GraphDump, error) {
	return &GraphDump{Position: "1.1.0000000000000001", Snapshot: "A-1", Write: d.write, Close: func() { d.closed.Add(1) }}, nil
}

// serveOperators serves a listener for operators until the test ends.
func serveOperators(t *testing.T, open func(context.Context) (*GraphDump, error), log io.Writer) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- ServeAdmin(ctx, listener, AdminOptions{
			Metrics: http.NotFoundHandler(), Graph: open, Log: slog.New(slog.NewTextHandler(log, nil)), Hosts: NewHosts(listener.Addr(), nil),
		})
	}()
	t.Cleanup(func() { stop(); require.NoError(t, <-done) })
	return "http://" + listener.Addr().String() + GraphDumpPath
}

func getDump(t *testing.T, address string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

// readDump returns a whole response.
func readDump(t *testing.T, address string) (status int, header http.Header, body string, err error) {
	t.Helper()
	response := getDump(t, address)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, response.Header, string(text), err
}

// TestGraphDump reads a dump that is larger than the memory of the listener, and checks that the snapshot stays until
// the client leaves.
func TestGraphDump(t *testing.T) {
	t.Parallel()
	const size = 4 * adminMemory
	d := &dumpTest{write: func(_ context.Context, w io.Writer) error {
		for range size / (32 << 10) {
			if _, err := w.Write(bytes.Repeat([]byte("x"), 32<<10)); err != nil {
				return err
			}
		}
		return nil
	}}
	response := getDump(t, serveOperators(t, d.open, io.Discard))
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.Equal(t, []string{GraphDumpType, "1.1.0000000000000001", "A-1", "no-store"}, []string{
		response.Header.Get("Content-Type"), response.Header.Get(PositionHeader), response.Header.Get(SnapshotHeader), response.Header.Get("Cache-Control"),
	})
	n, err := io.CopyN(io.Discard, response.Body, size)
	require.NoError(t, err)
	require.EqualValues(t, size, n)
	require.Zero(t, d.closed.Load(), "the client has not left")
	require.NoError(t, response.Body.Close())
	require.Eventually(t, func() bool { return d.closed.Load() == 1 }, time.Minute, time.Millisecond)
}

func TestGraphDumpEndsWithItsClient(t *testing.T) {
	t.Parallel()
	begun := make(chan struct{})
	d := &dumpTest{write: func(_ context.Context, w io.Writer) error {
		close(begun)
		for {
			if _, err := w.Write(make([]byte, 32<<10)); err != nil {
				return err
			}
		}
	}}
	address := serveOperators(t, d.open, io.Discard)
	response := getDump(t, address)
	<-begun
	status, header, _, err := readDump(t, address)
	require.NoError(t, err)
	require.Equal(t, http.StatusTooManyRequests, status)
	require.Equal(t, "10", header.Get("Retry-After"))
	require.NoError(t, response.Body.Close())
	require.Eventually(t, func() bool { return d.closed.Load() == 1 }, time.Minute, time.Millisecond)
}

// TestGraphDumpIsCutOff checks that a client cannot take a part of a dump for a whole one.
func TestGraphDumpIsCutOff(t *testing.T) {
	t.Parallel()
	d := &dumpTest{write: func(_ context.Context, w io.Writer) error {
		_, _ = w.Write([]byte("the first part"))
		return errors.New("the disk is on fire")
	}}
	var log bytes.Buffer
	_, _, _, err := readDump(t, serveOperators(t, d.open, &log))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Eventually(t, func() bool { return d.closed.Load() == 1 }, time.Minute, time.Millisecond)
	require.Contains(t, log.String(), "the disk is on fire")
}

func TestNoGraphDump(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	for _, test := range []struct {
		err    error
		status int
		body   string
	}{
		{NoGraph("SQL alone answers"), http.StatusServiceUnavailable, "SQL alone answers\n"},
		{errors.New("password authentication failed"), http.StatusInternalServerError, "there is no dump of the graph: the log says why\n"},
	} {
		address := serveOperators(t, func(context.Context) (*GraphDump, error) { return nil, test.err }, &log)
		for range 2 { // the turn is given back
			status, _, body, err := readDump(t, address)
			require.NoError(t, err)
			require.Equal(t, test.status, status)
			require.Equal(t, test.body, body)
		}
	}
	require.Contains(t, log.String(), "password authentication failed")
}

// deadlineRecorder is a recorder that takes deadlines.
type deadlineRecorder struct{ *httptest.ResponseRecorder }

func (deadlineRecorder) SetWriteDeadline(time.Time) error { return nil }

func TestGraphDumpWaits(t *testing.T) {
	t.Parallel()
	request := httptest.NewRequest(http.MethodGet, GraphDumpPath, nil)
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		recorder := httptest.NewRecorder()
		newGraphDumps(func(ctx context.Context) (*GraphDump, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, slog.New(slog.DiscardHandler)).ServeHTTP(recorder, request)
		require.Equal(t, graphDumpWait, time.Since(began))
		require.Equal(t, http.StatusServiceUnavailable, recorder.Code)
		require.Contains(t, recorder.Body.String(), "a transaction that has written has been open for that long")
	})
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		d := &dumpTest{write: func(context.Context, io.Writer) error { return nil }}
		newGraphDumps(d.open, slog.New(slog.DiscardHandler)).ServeHTTP(deadlineRecorder{httptest.NewRecorder()}, request)
		require.Equal(t, graphDumpOpening, time.Since(began), "a client that neither opens the snapshot nor leaves")
		require.EqualValues(t, 1, d.closed.Load())
	})
}
