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

	command *exec.Cmd
	exited  chan struct{} // closed after the process has ended
	err     error         // of the process; set before exited is closed
}

// Start runs a program and waits until it has written a line with its http:// address to standard output. Its standard
// error is passed on. It runs until Stop; the end of ctx only cancels the start.
func Start(ctx context.Context, path string, args ...string) (*Server, error) {
	output := &announcement{address: make(chan string, 1)}
	command := exec.CommandContext(context.WithoutCancel(ctx), path, args...)
	command.Env = environment(os.Environ())
	command.Stdout = output
	command.Stderr = os.Stderr
	if err := command.Start(); err != nil {
		return nil, err
	}
	s := &Server{command: command, exited: make(chan struct{})}
	go func() {
		s.err = command.Wait()
		close(s.exited)
	}()

	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	select {
	case s.Address = <-output.address:
		return s, nil
	case <-s.exited:
		return nil, fmt.Errorf("%s ended before it wrote its address: %w", command, errors.Join(s.err, errors.New("see above")))
	case <-ctx.Done():
		return nil, errors.Join(fmt.Errorf("%s did not write its address: %w", command, ctx.Err()), s.Stop())
	}
}

// PID returns the process id.
func (s *Server) PID() int { return s.command.Process.Pid }

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

// announcement finds the first address in the output of a server, and ignores the rest.
type announcement struct {
	mu      sync.Mutex
	text    []byte
	found   bool
	address chan string
}

func (a *announcement) Write(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.found {
		return len(p), nil
	}
	a.text = append(a.text, p...)
	end := bytes.LastIndexByte(a.text, '\n')
	if end < 0 {
		return len(p), nil
	}
	if match := httpAddress.Find(a.text[:end]); match != nil {
		if parsed, err := url.Parse(string(match)); err == nil {
			a.found = true
			a.address <- parsed.Host
		}
	}
	return len(p), nil
}
