package main

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// program runs followgraph on a separate data directory.
type program struct {
	dir string // --data-dir

	mu      sync.Mutex
	address string // of the running server; it may change at a restart
	serve   *exec.Cmd
	log     transcript // of all servers that were started
	out     transcript // what they print after their addresses
}

// transcript is the output of programs. It can be read while they run.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *transcript) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *transcript) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// newProgram returns a program whose server is stopped at the end of the test.
func newProgram(t *testing.T) *program {
	t.Helper()
	p := &program{dir: filepath.Join(t.TempDir(), "data")}
	t.Cleanup(func() {
		if p.serve != nil {
			p.stop(t)
		}
	})
	return p
}

func (p *program) command(args ...string) *exec.Cmd {
	command := exec.Command(os.Args[0], append(args, "--data-dir", p.dir, "--password-cost", "4")...)
	command.Env = append(os.Environ(), asProgram+"=1", "DATABASE_URL=", "FOLLOWGRAPH_DATABASE_URL=")
	return command
}

// run runs a subcommand to its end and returns its output.
func (p *program) run(t *testing.T, stdin string, args ...string) (output string, status int) {
	t.Helper()
	command := p.command(args...)
	command.Stdin = strings.NewReader(stdin)
	text, err := command.CombinedOutput()
	if _, exited := err.(*exec.ExitError); !exited { //nolint:errorlint // Run never wraps it
		require.NoError(t, err)
	}
	return string(text), command.ProcessState.ExitCode()
}

var announcement = regexp.MustCompile(`^Followgraph answers on (http://127\.0\.0\.1:\d+)/graphql\n$`)

// start starts a server and waits until it accepts requests.
func (p *program) start(t *testing.T, args ...string) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	command := p.command(append([]string{"serve", "--listen", "127.0.0.1:0", "--playground=false", "--log-level", "warn"}, args...)...)
	command.Stderr = &p.log
	out, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	p.serve = command
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	require.NoError(t, err, "serve ended before it announced its address: %s", &p.log)
	found := announcement.FindStringSubmatch(line)
	require.NotNil(t, found, "%q", line)
	p.address = found[1]
	go func() { _, _ = io.Copy(&p.out, lines) }()
}

// kill ends the server with SIGKILL. The private PostgreSQL continues to run.
func (p *program) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, p.serve.Process.Kill())
	_ = p.serve.Wait() // reports the kill
}

// killPostgres ends the private PostgreSQL with SIGKILL.
func (p *program) killPostgres(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.dir, "data", "postmaster.pid"))
	require.NoError(t, err)
	first, _, _ := strings.Cut(string(text), "\n")
	postmaster, err := strconv.Atoi(first)
	require.NoError(t, err)
	require.NoError(t, unix.Kill(postmaster, unix.SIGKILL))
}

// stop ends the server with an interrupt, like an operator.
func (p *program) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, p.serve.Process.Signal(os.Interrupt))
	require.NoError(t, p.serve.Wait(), "%s", &p.log)
	p.serve = nil
}

// at returns the current address of the server.
func (p *program) at() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.address
}

// awaitReady waits until the server and its database are ready.
func (p *program) awaitReady(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		response, err := http.Get(p.at() + "/readyz")
		if err != nil {
			return false
		}
		_ = response.Body.Close()
		return response.StatusCode == http.StatusOK
	}, time.Minute, 50*time.Millisecond)
}
