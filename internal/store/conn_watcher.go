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

// connWatcher watches the connections that are ready.
//
// A network path that swallows packets causes no error: a hanging proxy acknowledges everything, and a firewall that
// has forgotten a connection drops its packets. On the connection itself, such silence looks like a slow statement. So
// if a connection has waited for silentAfter, the watcher asks the server on a new connection whether the session is
// executing a statement. If it is not, its response or the statement was lost, and the connection is given up. If the
// server does not answer on the new connection either, all waiting connections are given up. If the server rejects the
// new connection, or a pooler hides the sessions, nothing is known, and statements end with their contexts.
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
	// askAgain and askSeldom bound when the server is asked again about a session that was working: after askAgain at
	// first, then after twice the previous time, up to askSeldom.
	askAgain, askSeldom = 2 * time.Second, time.Minute
	// answerUnderWay is how long the response of a session that has finished its work may take to arrive.
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

// waitingConn is a connection that waits, and since when.
type waitingConn struct {
	*watchedConn
	since int64
}

// over reports whether something has arrived meanwhile.
func (w waitingConn) hasEnded() bool { return w.waiting() != w.since }

// silent returns the connections about which their servers have to be asked now. No server is asked twice at the same
// time.
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

// ask asks the server at one end of some connections what it is doing, and gives up those that wait in vain.
func (cw *connWatcher) ask(ctx context.Context, to endpoint, conns []waitingConn) {
	pids := make([]uint32, len(conns))
	for i, w := range conns {
		pids[i] = w.session.pid
	}
	busy, server, err := cw.activity(ctx, to, pids)
	var dead []waitingConn
	for _, w := range conns {
		if timedOut(err) || err == nil && w.session.server == server && !busy[w.session] {
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

// activity asks on a new connection which sessions are working. That connection has a deadline from beginning to end,
// which nothing removes.
func (cw *connWatcher) activity(ctx context.Context, to endpoint, pids []uint32) (map[session]bool, string, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	config := cw.config.Copy()
	dial := config.DialFunc
	// To this server, whatever else is configured, and without a name lookup.
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
