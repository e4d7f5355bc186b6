package rehearsal_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// operation is an operation of the service: a line of testdata/workload.py.
type operation struct {
	At    float64         `json:"at"` // seconds since 1970
	Ms    float64         `json:"ms"`
	Kind  string          `json:"kind"`
	Op    string          `json:"op"`
	Key   json.RawMessage `json:"key"`
	Value json.RawMessage `json:"value"`
	Error *string         `json:"error"` // SQLSTATE and message
}

func (o operation) took() time.Duration { return time.Duration(o.Ms * float64(time.Millisecond)) }

func (o operation) began() time.Time { return time.UnixMicro(int64(o.At * 1e6)) }

// workload is a process in which the service works.
type workload struct {
	command  *exec.Cmd
	commands io.WriteCloser
	stderr   bytes.Buffer
	ended    chan struct{}

	mu         sync.Mutex
	operations []operation
}

// startWorkload starts the service and waits for its first operation. Different seeds produce different accounts.
func startWorkload(t *testing.T, f *fixture, seed uint64) *workload {
	t.Helper()
	script, err := filepath.Abs(filepath.Join("testdata", "workload.py"))
	require.NoError(t, err)
	require.FileExists(t, script)
	ways := "python,sql,recount,none"
	if f.has("trigger") {
		ways = "none" // the database counts
	}
	w := &workload{ended: make(chan struct{})}
	w.command = f.command(t.Context(), "", script, "--ways", ways, "--seed", fmt.Sprint(seed),
		"--writes", fmt.Sprint(*writesFlag), "--reads", fmt.Sprint(*readsFlag))
	w.command.Stderr = &w.stderr
	w.commands, err = w.command.StdinPipe()
	require.NoError(t, err)
	out, err := w.command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, w.command.Start())
	first := make(chan struct{})
	go func() {
		defer close(w.ended)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			var o operation
			if json.Unmarshal(lines.Bytes(), &o) != nil {
				continue // the process was ended in the middle of a line
			}
			w.mu.Lock()
			w.operations = append(w.operations, o)
			if len(w.operations) == 1 {
				close(first)
			}
			w.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		if w.command.ProcessState == nil {
			_ = w.command.Process.Kill()
			<-w.ended
			_ = w.command.Wait()
		}
	})
	select {
	case <-first:
	case <-w.ended:
		require.Fail(t, "the service did not start", "%s", &w.stderr)
	}
	return w
}

// send sends a command to the service.
func (w *workload) send(t *testing.T, command string) {
	t.Helper()
	_, err := io.WriteString(w.commands, command+"\n")
	require.NoError(t, err)
}

// stop ends the workload. All operations have ended when it returns.
func (w *workload) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, w.commands.Close())
	<-w.ended
	require.NoError(t, w.command.Wait(), "%s", &w.stderr)
	require.Empty(t, strings.TrimSpace(w.stderr.String()))
}

func (w *workload) all() []operation {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]operation(nil), w.operations...)
}
