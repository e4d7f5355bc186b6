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
	for {
		asked, blind := time.Now(), m.blind.Load()
		if at, err := m.position(ctx); err == nil {
			if blind > 0 { // the answer is not before the commits whose position is unknown
				m.raise(at)
				m.blind.CompareAndSwap(blind, 0)
			}
			m.counts.end.Store(at.LSN)
			if len(open) < samplesKept {
				open = append(open, sample{asked, at})
			}
		}
		open = m.check(open)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		open = m.check(open)
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
