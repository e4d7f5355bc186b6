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

func (l *connWatcher) add(one *watchedConn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns[one] = struct{}{}
}

func (l *connWatcher) remove(one *watchedConn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, one)
}

// watch checks the connections until ctx ends.
func (l *connWatcher) watch(ctx context.Context) {
	ticker := time.NewTicker(watchPeriod)
	defer ticker.Stop()
	var asks sync.WaitGroup
	defer asks.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			for to, waits := range l.silent(now) {
				asks.Go(func() { l.ask(ctx, to, waits) })
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
func (w waitingConn) over() bool { return w.waiting() != w.since }

// silent returns the connections about which their servers have to be asked now. No server is asked twice at the same
// time.
func (l *connWatcher) silent(now time.Time) map[endpoint][]waitingConn {
	l.mu.Lock()
	defer l.mu.Unlock()
	var silent map[endpoint][]waitingConn
	for one := range l.conns {
		since := one.waiting()
		if since == 0 || now.UnixNano()-since < int64(silentAfter) || one.givenUp.Load() || l.asking[one.to] {
			continue
		}
		if one.askedSince == since && now.Before(one.askNext) {
			continue
		}
		if silent == nil {
			silent = map[endpoint][]waitingConn{}
		}
		silent[one.to] = append(silent[one.to], waitingConn{one, since})
	}
	for to := range silent {
		l.asking[to] = true
	}
	return silent
}

// ask asks the server at one end of some connections what it is doing, and gives up those that wait in vain.
func (l *connWatcher) ask(ctx context.Context, to endpoint, waits []waitingConn) {
	pids := make([]uint32, len(waits))
	for i, w := range waits {
		pids[i] = w.session.pid
	}
	busy, server, err := l.activity(ctx, to, pids)
	var dead []waitingConn
	for _, w := range waits {
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
			if !w.over() {
				w.giveUp()
			}
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.asking, to)
	for _, w := range waits {
		if w.askedSince != w.since {
			w.askedSince, w.askWait = w.since, askAgain/2
		}
		w.askWait = min(2*w.askWait, askSeldom)
		w.askNext = time.Now().Add(w.askWait)
	}
}

// activity asks on a new connection which sessions are working. That connection has a deadline from beginning to end,
// which nothing removes.
func (l *connWatcher) activity(ctx context.Context, to endpoint, pids []uint32) (map[session]bool, string, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	config := l.config.Copy()
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
