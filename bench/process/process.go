// Package process runs a server as a child process and reads what processes have used of the machine.
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
	// startLimit bounds the time until a server has said where it listens.
	startLimit = 30 * time.Second
	// stopLimit bounds the orderly end after SIGTERM; then the process is killed.
	stopLimit = 15 * time.Second
)

// Server is a child process that listens on a TCP address.
type Server struct {
	Address string // host:port

	command *exec.Cmd
	exited  chan struct{} // closed once the process was waited for
	err     error         // of the wait; set before exited is closed
}

// Start runs a program that writes a line with its http:// address to standard output once it listens, and returns
// then. Its standard error is passed on. It runs until Stop, whatever becomes of ctx, which bounds the start alone.
func Start(ctx context.Context, path string, args ...string) (*Server, error) {
	announced := &announcement{address: make(chan string, 1)}
	command := exec.CommandContext(context.WithoutCancel(ctx), path, args...)
	command.Env = environment(os.Environ())
	command.Stdout = announced
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
	case s.Address = <-announced.address:
		return s, nil
	case <-s.exited:
		return nil, fmt.Errorf("%s ended before it listened: %w", command, errors.Join(s.err, errors.New("see above")))
	case <-ctx.Done():
		return nil, errors.Join(fmt.Errorf("%s does not say where it listens: %w", command, ctx.Err()), s.Stop())
	}
}

// PID is the process's id.
func (s *Server) PID() int { return s.command.Process.Pid }

// Stop ends the process in order and returns when it has ended; the error says that it had to be killed or had ended
// by itself before.
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

// Run runs a program to its end and gives the most memory that it had resident when it last printed something, in
// bytes. input, unless nil, writes its standard input; what it prints goes to out, its standard error is passed on. The
// end of ctx interrupts it.
func Run(ctx context.Context, input func(io.Writer) error, out io.Writer, path string, args ...string) (int64, error) {
	command := exec.CommandContext(ctx, path, args...)
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = stopLimit
	command.Env = environment(os.Environ())
	watched := &watch{command: command, out: out}
	command.Stdout, command.Stderr = watched, os.Stderr
	if input == nil {
		err := command.Run()
		return watched.peak, err
	}
	pipe, err := command.StdinPipe()
	if err != nil {
		return 0, err
	}
	if err := command.Start(); err != nil {
		return 0, err
	}
	written := make(chan error, 1)
	go func() { written <- errors.Join(input(pipe), pipe.Close()) }()
	// A program that ends early closes the pipe, and with it the writer's work.
	inputErr := <-written
	if err := command.Wait(); err != nil {
		return watched.peak, err // the cause, of which the pipe's end is the effect
	}
	return watched.peak, inputErr
}

// watch looks at a process's memory whenever it prints. The kernel's figure for a process that has ended is of no use:
// it begins with the memory of the parent.
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

// environment leaves out what would configure a server behind the benchmark's back.
func environment(own []string) []string {
	return slices.DeleteFunc(slices.Clone(own), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return strings.HasPrefix(name, "FOLLOWGRAPH_") || strings.HasPrefix(name, "PG") ||
			slices.Contains([]string{"DATABASE_URL", "GOGC", "GOMEMLIMIT", "GODEBUG"}, name)
	})
}

var httpAddress = regexp.MustCompile(`http://\S+`)

// announcement looks for the first address in what a server writes, and lets the rest go.
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
