// Package process runs a server as a child process and reads the resource usage of processes.
package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// startLimit is the maximum time until a server has written its address.
	startLimit = 30 * time.Second
	// stopLimit is the maximum time for a shutdown after SIGTERM. Then the process is killed.
	stopLimit = 15 * time.Second
)

// Server is a child process that listens on a TCP address.
type Server struct {
	Address string // host:port

	output  *announcement
	command *exec.Cmd
	exited  chan struct{} // closed after the process has ended
	err     error         // of the process; set before exited is closed
}

// Start runs a program and waits until it has written a line with its http:// address to standard output. Its standard
// error is passed on. It runs until Stop; the end of ctx only cancels the start.
func Start(ctx context.Context, path string, args ...string) (*Server, error) {
	return StartLogged(ctx, os.Stderr, path, args...)
}

// StartLogged is like Start, but the standard error goes to log.
func StartLogged(ctx context.Context, log io.Writer, path string, args ...string) (*Server, error) {
	output := newAnnouncement()
	command := exec.CommandContext(context.WithoutCancel(ctx), path, args...)
	command.Env = environment(os.Environ())
	command.Stdout = output
	command.Stderr = log
	if err := command.Start(); err != nil {
		return nil, err
	}
	s := &Server{command: command, output: output, exited: make(chan struct{})}
	go func() {
		s.err = command.Wait()
		close(s.exited)
	}()

	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	select {
	case <-output.first:
		s.Address, _ = output.read()
		return s, nil
	case <-s.exited:
		return nil, fmt.Errorf("%s ended before it wrote its address: %w", command, errors.Join(s.err, errors.New("see above")))
	case <-ctx.Done():
		return nil, errors.Join(fmt.Errorf("%s did not write its address: %w", command, ctx.Err()), s.Stop())
	}
}

// PID returns the process id.
func (s *Server) PID() int { return s.command.Process.Pid }

// Metrics returns the address (host:port) of the line in the server's output that begins with "Metrics:". It waits for
// the line until ctx ends.
func (s *Server) Metrics(ctx context.Context) (string, error) {
	select {
	case <-s.output.metrics:
		_, address := s.output.read()
		return address, nil
	case <-s.exited:
		return "", fmt.Errorf("%s ended before it wrote the address of its metrics", s.command.Path)
	case <-ctx.Done():
		return "", fmt.Errorf("%s did not write the address of its metrics: %w", s.command.Path, ctx.Err())
	}
}

// Exited returns a channel that is closed when the process has ended.
func (s *Server) Exited() <-chan struct{} { return s.exited }

// Kill ends the process with SIGKILL and waits for it.
func (s *Server) Kill() error {
	err := s.command.Process.Kill()
	<-s.exited
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// Stop ends the process and waits for it. It returns an error if the process had ended before, or had to be killed.
func (s *Server) Stop() error {
	select {
	case <-s.exited:
		return fmt.Errorf("%s ended by itself: %w", s.command.Path, errors.Join(s.err, errors.New("see above")))
	default:
	}
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-s.exited:
		return nil
	case <-time.After(stopLimit):
	}
	err := s.command.Process.Kill()
	<-s.exited
	return errors.Join(fmt.Errorf("%s did not end within %s and was killed", s.command.Path, stopLimit), err)
}

// Run runs a program until it ends. It returns the peak resident memory, in bytes, at the time of the program's last
// output. input, unless nil, writes the standard input. The standard output goes to out, and the standard error is
// passed on. The end of ctx interrupts the program.
func Run(ctx context.Context, input func(io.Writer) error, out io.Writer, path string, args ...string) (int64, error) {
	command := exec.CommandContext(ctx, path, args...)
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = stopLimit
	command.Env = environment(os.Environ())
	watcher := &watch{command: command, out: out}
	command.Stdout, command.Stderr = watcher, os.Stderr
	if input == nil {
		err := command.Run()
		return watcher.peak, err
	}
	pipe, err := command.StdinPipe()
	if err != nil {
		return 0, err
	}
	if err := command.Start(); err != nil {
		return 0, err
	}
	inputDone := make(chan error, 1)
	go func() { inputDone <- errors.Join(input(pipe), pipe.Close()) }()
	// If the program ends early, the pipe is closed and the writer returns.
	inputErr := <-inputDone
	if err := command.Wait(); err != nil {
		return watcher.peak, err // the cause; the closed pipe is its effect
	}
	return watcher.peak, inputErr
}

// watch reads the memory of a process whenever it writes output. The kernel's value for an ended process is useless,
// because it includes the memory of the parent before exec.
type watch struct {
	command *exec.Cmd
	out     io.Writer
	peak    int64
}

func (w *watch) Write(p []byte) (int, error) {
	if memory, err := ReadMemory(w.command.Process.Pid); err == nil {
		w.peak = memory.Peak
	}
	return w.out.Write(p)
}

// environment removes variables that would configure a server.
func environment(own []string) []string {
	return slices.DeleteFunc(slices.Clone(own), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return strings.HasPrefix(name, "FOLLOWGRAPH_") || strings.HasPrefix(name, "PG") ||
			slices.Contains([]string{"DATABASE_URL", "GOGC", "GOMEMLIMIT", "GODEBUG"}, name)
	})
}

var httpAddress = regexp.MustCompile(`http://\S+`)

// metricsLine begins the line with the address of a server's metrics.
const metricsLine = "Metrics:"

// announcement finds the addresses in the output of a server: the first one, and that of its metrics. It ignores the
// rest.
type announcement struct {
	first, metrics chan struct{} // closed when the address is there

	mu                 sync.Mutex
	pending            []byte // an incomplete line
	address, metricsAt string
}

func newAnnouncement() *announcement {
	return &announcement{first: make(chan struct{}), metrics: make(chan struct{})}
}

func (a *announcement) Write(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.pending = append(a.pending, p...)
	for {
		line, rest, complete := bytes.Cut(a.pending, []byte("\n"))
		if !complete {
			return len(p), nil
		}
		a.line(line)
		a.pending = bytes.Clone(rest)
	}
}

func (a *announcement) line(line []byte) {
	parsed, err := url.Parse(string(httpAddress.Find(line)))
	if err != nil || parsed.Host == "" {
		return
	}
	if a.address == "" {
		a.address = parsed.Host
		close(a.first)
	}
	if a.metricsAt == "" && bytes.HasPrefix(line, []byte(metricsLine)) {
		a.metricsAt = parsed.Host
		close(a.metrics)
	}
}

// read returns the addresses; empty if they are not there yet.
func (a *announcement) read() (address, metrics string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.address, a.metricsAt
}
