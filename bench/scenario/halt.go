package scenario

import (
	"context"
	"errors"
	"syscall"
)

// Halt kills the server, which does not restart before Restart.
func (p *Postgres) Halt(ctx context.Context) error { return p.Abandon(ctx) }

// Restart starts a server that Halt has ended.
func (p *Postgres) Restart(ctx context.Context) error {
	p.guard(ctx)
	return p.awaitStart(ctx)
}

// Freeze stops all processes of the server, without an end of their connections.
func (p *Postgres) Freeze(ctx context.Context) error {
	postmaster, err := p.pid()
	if err != nil {
		return err
	}
	children, err := query[int](ctx, p, "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
	if err != nil {
		return err
	}
	p.frozen = append(children, postmaster)
	// First the postmaster, so that it starts no other process.
	err = syscall.Kill(postmaster, syscall.SIGSTOP)
	for _, pid := range children {
		err = errors.Join(err, ignoreGone(syscall.Kill(pid, syscall.SIGSTOP)))
	}
	return err
}

// Thaw lets the processes go on that Freeze has stopped.
func (p *Postgres) Thaw(ctx context.Context) error {
	var err error
	for _, pid := range p.frozen {
		err = errors.Join(err, ignoreGone(syscall.Kill(pid, syscall.SIGCONT)))
	}
	p.frozen = nil
	if err != nil {
		return err
	}
	return p.awaitStart(ctx)
}
