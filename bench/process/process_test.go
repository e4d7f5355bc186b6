package process

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMain runs this test binary as the program that the tests start, if its first argument says so.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		os.Exit(program(os.Args[1]))
	}
	os.Exit(m.Run())
}

// burned is the minimum CPU time of the program "burn".
const burned = 100 * time.Millisecond

func program(what string) int {
	switch what {
	case "listen":
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		fmt.Println("not yet")
		fmt.Println("it answers on http://127.0.0.1:4711/graphql")
		fmt.Println("and there is http://127.0.0.1:4712/more")
		fmt.Println("Metrics: http://127.0.0.1:4713/metrics")
		<-ctx.Done()
	case "end":
		return 3
	case "copy":
		if _, err := io.Copy(os.Stdout, os.Stdin); err != nil {
			return 1
		}
	case "leave":
		_, _ = os.Stdin.Read(make([]byte, 1))
		return 4
	case "burn":
		for {
			if used, err := CPU(os.Getpid()); err != nil {
				return 1
			} else if used >= burned {
				break
			}
		}
	case "environment":
		fmt.Println(strings.Join(os.Environ(), "\n"))
	}
	return 0
}

func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	require.NoError(t, err)
	return path
}

func TestServer(t *testing.T) {
	t.Parallel()
	s, err := Start(t.Context(), self(t), "listen")
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:4711", s.Address)
	metrics, err := s.Metrics(t.Context())
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:4713", metrics)

	parent, err := Parent(s.PID())
	require.NoError(t, err)
	require.Equal(t, os.Getpid(), parent)
	memory, err := ReadMemory(s.PID())
	require.NoError(t, err)
	require.Greater(t, memory.Now, int64(1<<20))
	require.GreaterOrEqual(t, memory.Peak, memory.Now)

	require.NoError(t, s.Stop())
	_, err = CPU(s.PID())
	require.Error(t, err, "the process has ended")
	require.ErrorContains(t, s.Stop(), "ended by itself")
}

func TestServerThatDoesNotListen(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), self(t), "end")
	require.ErrorContains(t, err, "exit status 3")
	_, err = Start(t.Context(), "/no/such/program")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestServerOutlivesStartContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s, err := Start(ctx, self(t), "listen")
	require.NoError(t, err)
	cancel()
	require.NoError(t, s.Stop(), "it was running until Stop")
}

// TestRunWritesInput keeps the input open until the output has arrived: the memory of a process is only known while it
// runs.
func TestRunWritesInput(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	arrived := make(chan struct{}, 1)
	peak, err := Run(t.Context(), func(w io.Writer) error {
		_, err := io.WriteString(w, "hello")
		<-arrived
		return err
	}, io.MultiWriter(&out, notifier(arrived)), self(t), "copy")
	require.NoError(t, err)
	require.Equal(t, "hello", out.String())
	require.Greater(t, peak, int64(1<<20))
}

// notifier is a writer that notifies a channel of each write.
type notifier chan<- struct{}

func (n notifier) Write(p []byte) (int, error) {
	select {
	case n <- struct{}{}:
	default:
	}
	return len(p), nil
}

func TestRunReportsFailure(t *testing.T) {
	t.Parallel()
	_, err := Run(t.Context(), nil, io.Discard, self(t), "end")
	require.ErrorContains(t, err, "exit status 3")
	_, err = Run(t.Context(), func(w io.Writer) error {
		for {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return err
			}
		}
	}, io.Discard, self(t), "leave")
	require.ErrorContains(t, err, "exit status 4", "the program, not the pipe that it left")
	_, err = Run(t.Context(), func(io.Writer) error { return io.ErrUnexpectedEOF }, io.Discard, self(t), "copy")
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

// TestFamilyCPU is not parallel: the children of other tests would be counted.
func TestFamilyCPU(t *testing.T) {
	before, err := FamilyCPU(os.Getpid())
	require.NoError(t, err)
	_, err = Run(t.Context(), nil, io.Discard, self(t), "burn")
	require.NoError(t, err)
	after, err := FamilyCPU(os.Getpid())
	require.NoError(t, err)
	require.GreaterOrEqual(t, after-before, burned-tick, "an ended child counts")
	own, err := CPU(os.Getpid())
	require.NoError(t, err)
	require.GreaterOrEqual(t, own+after-before, own)
}

func TestFamilyCPUOfRunningChild(t *testing.T) {
	s, err := Start(t.Context(), self(t), "listen")
	require.NoError(t, err)
	child, err := CPU(s.PID())
	require.NoError(t, err)
	family, err := FamilyCPU(os.Getpid())
	require.NoError(t, err)
	require.GreaterOrEqual(t, family, child)
	require.NoError(t, s.Stop())
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	got := environment([]string{"HOME=/h", "FOLLOWGRAPH_LISTEN=:1", "DATABASE_URL=x", "PGHOST=y", "GOGC=10", "GOMAXPROCS=1", "PATH=/bin"})
	require.Equal(t, []string{"HOME=/h", "GOMAXPROCS=1", "PATH=/bin"}, got)
}

func TestUsageOfUnknownProcess(t *testing.T) {
	t.Parallel()
	const unknownPID = 1 << 30 // above the kernel's limit
	_, err := CPU(unknownPID)
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = FamilyCPU(unknownPID)
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = ReadMemory(unknownPID)
	require.ErrorIs(t, err, os.ErrNotExist)
}
