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

// links are the connections that are ready, and the watch over them.
//
// A way to the database that swallows what is sent gives no error: a proxy that hangs acknowledges everything, and a
// firewall that forgot a connection drops its packets. From a connection alone such silence cannot be told from a
// statement that takes long. So where one has waited for silentAfter, the server is asked on a new connection whether
// that one's session is at work. If it is not, its answer, or the question, was lost: the connection is given up. So
// are all that wait where the server does not answer the new connection either. Where it refuses that, or where a
// pooler hides the sessions, nothing is known, and statements end with their contexts.
type connWatcher struct {
	config   *pgconn.Config // for new connections
	onBroken func()         // is told of each link that turns out to be of no use, once

	mu     sync.Mutex
	conns  map[*watchedConn]struct{}
	asking map[endpoint]bool
}

// endpoint is where a link leads.
type endpoint struct{ network, address string }

const (
	// watchPeriod is how often the links are looked at: without system calls, and for less than a microsecond each.
	watchPeriod = 250 * time.Millisecond
	// askAgain and askSeldom are when the server is asked again about a session that was at work: after askAgain at first,
	// then after twice the time, up to askSeldom.
	askAgain, askSeldom = 2 * time.Second, time.Minute
	// answerUnderWay is how long the answer of a session that has ended its work may be on its way.
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

// watch looks after the links until ctx ends.
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

// wait is a link that waits, and since when.
type waitingConn struct {
	*watchedConn
	since int64
}

// over reports whether something has come meanwhile.
func (w waitingConn) over() bool { return w.waiting() != w.since }

// silent returns the links about which their servers are to be asked now. Nobody is asked twice at the same time.
func (l *connWatcher) silent(now time.Time) map[endpoint][]waitingConn {
	l.mu.Lock()
	defer l.mu.Unlock()
	var silent map[endpoint][]waitingConn
	for one := range l.conns {
		since := one.waiting()
		if since == 0 || now.UnixNano()-since < int64(silentAfter) || one.givenUp.Load() || l.asking[one.to] {
			continue
		}
		if one.asked == since && now.Before(one.askNext) {
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

// ask asks the server at one end of some links what it is doing, and gives up those that wait in vain.
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
		if w.asked != w.since {
			w.asked, w.askWait = w.since, askAgain/2
		}
		w.askWait = min(2*w.askWait, askSeldom)
		w.askNext = time.Now().Add(w.askWait)
	}
}

// activity asks on a new connection which of some sessions are at work. That connection has a deadline from the beginning
// to the end: nothing ever lifts it.
func (l *connWatcher) activity(ctx context.Context, to endpoint, pids []uint32) (map[session]bool, string, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	config := l.config.Copy()
	dial := config.DialFunc
	// To this server, whatever else is configured, and without looking its name up.
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

// timedOut reports whether there was no answer. To be refused is one.
func timedOut(err error) bool {
	var network net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout()
}

// once runs one at a time what is asked for from many sides, and not again for those who ask meanwhile.
type singleRun struct{ running atomic.Bool }

func (o *singleRun) start(work func()) {
	if !o.running.Swap(true) {
		go func() {
			defer o.running.Store(false)
			work()
		}()
	}
}
