//go:build unix

package testcluster

import (
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// Freeze stops all processes of a node by SIGSTOP. Its connections stay open and do not answer, as if the network had
// lost the packets. A connection attempt is accepted by the kernel and gets no answer either.
func (c *Cluster) Freeze(tb testing.TB, i int) {
	tb.Helper()
	n := c.nodes[i]
	pid, err := n.pid()
	if err != nil {
		tb.Fatalf("testcluster: freezing node %d: %v", i, err)
	}
	// The postmaster first, so that the list of its children is complete.
	err = syscall.Kill(pid, syscall.SIGSTOP)
	all, listing := n.processes()
	if err := errors.Join(err, listing, signalAll(all, syscall.SIGSTOP)); err != nil {
		tb.Fatalf("testcluster: freezing node %d: %v", i, err)
	}
}

// Thaw continues a node that Freeze stopped.
func (c *Cluster) Thaw(tb testing.TB, i int) {
	tb.Helper()
	all, err := c.nodes[i].processes()
	if err := errors.Join(err, signalAll(all, syscall.SIGCONT)); err != nil {
		tb.Fatalf("testcluster: continuing node %d: %v", i, err)
	}
}

// processes returns the process ids of the server and its children. Each child leads its own session, so the
// process group does not reach them.
func (n *node) processes() ([]int, error) {
	server, err := n.pid()
	if err != nil {
		return nil, err
	}
	out, err := exec.Command("ps", "-A", "-o", "pid=,ppid=").Output()
	if err != nil {
		return nil, err
	}
	all := []int{server}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) == 2 && fields[1] == strconv.Itoa(server) {
			pid, err := strconv.Atoi(fields[0])
			if err != nil {
				return nil, err
			}
			all = append(all, pid)
		}
	}
	return all, nil
}

func signalAll(pids []int, signal syscall.Signal) error {
	var errs []error
	for _, pid := range pids {
		if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
