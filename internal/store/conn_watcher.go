package store

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
)

// connWatcher detects connections whose server has stopped responding.
//
// A network path that drops packets causes no error: a hanging proxy acknowledges everything, and a firewall that has
// lost the state of a connection drops its packets. For the client, this looks like a slow statement. If a connection
// has waited for silentAfter, the watcher therefore asks the server on a new connection whether the session is
// executing a statement. If the session is idle, the statement or its response was lost, and the watcher gives the
// connection up. If the server does not respond on the new connection either, the watcher gives up all waiting
// connections. If the server rejects the new connection, the watcher does nothing, and statements end with their
// contexts.
//
// A pooler hides the sessions, and a statement through it may wait for a session that is free. The watcher therefore only
// checks that the pooler accepts a new connection.
type connWatcher struct {
	config   *pgconn.Config // for new connections
	onBroken func()         // called once for each connection that turns out to be unusable

	mu     sync.Mutex
	conns  map[*watchedConn]struct{}
	asking map[endpoint]bool
}

// endpoint is the remote address of a connection.
type endpoint struct{ network, address string }

const (
	// watchPeriod is how often the connections are checked, without system calls and in less than a microsecond each.
	watchPeriod = 250 * time.Millisecond
	// askAgain and askSeldom bound the delay before the server is asked again about a session that was executing a
	// statement. The delay starts at askAgain and doubles up to askSeldom.
	askAgain, askSeldom = 2 * time.Second, time.Minute
	// answerUnderWay is the maximum time for the response of an idle session to arrive.
	answerUnderWay = 300 * time.Millisecond
)

func (cw *connWatcher) add(conn *watchedConn) {
	cw.mu.Lock()
	defer cw.mu.Unlock()
	cw.conns[conn] = struct{}{}
}

func (cw *connWatcher) remove(conn *watchedConn) {
	cw.mu.Lock()
	defer cw.mu.Unlock()
	delete(cw.conns, conn)
}

// watch checks the connections until ctx ends.
func (cw *connWatcher) watch(ctx context.Context) {
	ticker := time.NewTicker(watchPeriod)
	defer ticker.Stop()
	var asks sync.WaitGroup
	defer asks.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			for to, conns := range cw.silent(now) {
				asks.Go(func() { cw.ask(ctx, to, conns) })
			}
		}
	}
}

// waitingConn is a connection that waits, with the start of the wait.
type waitingConn struct {
	*watchedConn
	since int64
}

// hasEnded reports whether this wait has ended, even if another one has begun.
func (w waitingConn) hasEnded() bool { return w.waiting() != w.since }

// silent returns the connections whose servers must be asked now. It omits servers with a question in progress.
func (cw *connWatcher) silent(now time.Time) map[endpoint][]waitingConn {
	cw.mu.Lock()
	defer cw.mu.Unlock()
	var silent map[endpoint][]waitingConn
	for conn := range cw.conns {
		since := conn.waiting()
		if since == 0 || now.UnixNano()-since < int64(silentAfter) || conn.givenUp.Load() || cw.asking[conn.to] {
			continue
		}
		if conn.askedSince == since && now.Before(conn.askNext) {
			continue
		}
		if silent == nil {
			silent = map[endpoint][]waitingConn{}
		}
		silent[conn.to] = append(silent[conn.to], waitingConn{conn, since})
	}
	for to := range silent {
		cw.asking[to] = true
	}
	return silent
}

// ask asks a server which sessions of the given connections are executing statements, and gives up the other
// connections.
func (cw *connWatcher) ask(ctx context.Context, to endpoint, conns []waitingConn) {
	pids := make([]uint32, len(conns))
	isPooled := true
	for i, w := range conns {
		pids[i] = w.session.pid
		isPooled = isPooled && w.session == session{}
	}
	if isPooled {
		pids = nil
	}
	busy, server, err := cw.activity(ctx, to, pids)
	var dead []waitingConn
	for _, w := range conns {
		if timedOut(err) || err == nil && !isPooled && w.session.server == server && !busy[w.session] {
			dead = append(dead, w)
		}
	}
	if err == nil && len(dead) > 0 {
		select {
		case <-time.After(answerUnderWay):
		case <-ctx.Done():
		}
	}
	if ctx.Err() == nil {
		for _, w := range dead {
			if !w.hasEnded() {
				w.giveUp()
			}
		}
	}
	cw.mu.Lock()
	defer cw.mu.Unlock()
	delete(cw.asking, to)
	for _, w := range conns {
		if w.askedSince != w.since {
			w.askedSince, w.askWait = w.since, askAgain/2
		}
		w.askWait = min(2*w.askWait, askSeldom)
		w.askNext = time.Now().Add(w.askWait)
	}
}

// activity asks on a new connection which sessions are working; without pids it only connects. A fixed deadline covers
// the whole life of that connection.
func (cw *connWatcher) activity(ctx context.Context, to endpoint, pids []uint32) (map[session]bool, string, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	config := cw.config.Copy()
	dial := config.DialFunc
	// Connect to this server only, without its configured alternatives and without a name lookup.
	config.LookupFunc = func(context.Context, string) ([]string, error) { return []string{"0.0.0.0"}, nil }
	config.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx, to.network, to.address) }
	config.ConnectTimeout, config.ValidateConnect, config.AfterConnect = connectTimeout, nil, nil
	config.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.DeadlineContextWatcherHandler{Conn: conn.Conn()}
	}
	conn, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = conn.Close(ctx) }()
	if len(pids) == 0 {
		return nil, "", nil
	}
	return busySessions(ctx, conn, pids)
}

// timedOut reports whether there was no response. A rejection is a response.
func timedOut(err error) bool {
	var network net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout()
}

// singleRun runs work in one goroutine at a time. Calls during that time are ignored.
type singleRun struct{ running atomic.Bool }

func (o *singleRun) start(work func()) {
	if !o.running.Swap(true) {
		go func() {
			defer o.running.Store(false)
			work()
		}()
	}
}
