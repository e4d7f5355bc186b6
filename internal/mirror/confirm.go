package mirror

import (
	"context"
	"errors"
	"time"

	"followgraph/internal/commit"
)

// The limits of the age of the graph.
const (
	// confirmEvery is how often the database is asked for its position.
	confirmEvery = time.Second
	// fresh is the age up to which the graph counts as current. Beyond it, SQL answers if the database is reachable.
	fresh = 5 * time.Second
)

// age returns how long ago the graph was last known to have every commit.
func (m *Mirror) age() time.Duration {
	return time.Duration(time.Now().UnixNano() - m.confirmed.Load())
}

// sample is a position of the database, and when it was asked for.
type sample struct {
	asked time.Time
	at    commit.Position
}

// samplesKept bounds the samples that the graph has not reached.
const samplesKept = 600

var errOtherServer = errors.New("the database is at another server or timeline than the stream of commits")

// confirm asks the database for its position once every confirmEvery, until ctx ends. When the graph has reached an
// answer, it has all commits from before the question. The time of the question is then confirmed: the graph is at most
// that old, independently of the clock of the database.
func (m *Mirror) confirm(ctx context.Context) {
	var open []sample // that the graph has not reached
	tick := time.NewTicker(confirmEvery)
	defer tick.Stop()
	pause := time.NewTimer(flushAfter)
	defer pause.Stop()
	for {
		asked, blind, blindAccounts := time.Now(), m.blind.Load(), m.blindAccounts.Load()
		if at, err := m.position(ctx); err == nil {
			if blind > 0 { // the answer is not before the commits whose position is unknown
				m.raise(at)
				m.blind.CompareAndSwap(blind, 0)
				m.blindAccounts.CompareAndSwap(blindAccounts, 0)
			}
			m.counts.end.Store(at.LSN)
			if m.opts.Live != nil {
				m.opts.Live.Ends(at)
			}
			if len(open) < samplesKept {
				open = append(open, sample{asked, at})
			}
		}
		before := m.streamed()
		if open = m.check(open); len(open) > 0 {
			pause.Reset(flushAfter)
			select {
			case <-ctx.Done():
				return
			case <-pause.C:
			}
			m.flush(ctx, before, open[len(open)-1].at.LSN)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-m.confirmNow:
		}
		open = m.check(open)
	}
}

// flushAfter is how long the stream may stand still before a position that it has to reach.
const flushAfter = 50 * time.Millisecond

// flush makes the stream reach a position at which it cannot arrive by itself. PostgreSQL writes its log in pages, so
// the end of the flushed log can be in the middle of a record, such as one of an autovacuum. The stream has only whole
// records. If nothing else is written, PostgreSQL flushes the rest of the record after up to 15 s
// (LOG_SNAPSHOT_INTERVAL_MS).
func (m *Mirror) flush(ctx context.Context, before, to uint64) {
	if at := m.streamed(); at != before || at == 0 || at >= to {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	if m.opts.Store.FlushLog(ctx) == nil { // else confirm tries again
		m.counts.flushes.Add(1)
	}
}

// streamed returns the LSN up to which the stream was applied; 0 without a graph.
func (m *Mirror) streamed() uint64 {
	if graph := m.following.Load(); graph != nil {
		return graph.Version().Position().LSN
	}
	return 0
}

// soon makes confirm ask now.
func (m *Mirror) soon() {
	select {
	case m.confirmNow <- struct{}{}:
	default:
	}
}

// check removes the samples that the graph has reached, and confirms the newest of them.
func (m *Mirror) check(open []sample) []sample {
	v := m.now()
	if v == nil {
		return nil
	}
	at := v.Position()
	for len(open) > 0 {
		order, ok := at.Compare(open[0].at)
		switch {
		case !ok:
			m.interrupt(errOtherServer)
			return nil
		case order < 0:
			return open
		}
		m.confirmed.Store(open[0].asked.UnixNano())
		open = open[1:]
	}
	return nil
}
