package store

import (
	"context"
	"slices"
	"time"

	"followgraph/internal/apperr"
)

// held are the arrivals of a groupCommit that wait for a row that something else has locked, such as an import's chunk or
// a session that somebody left open. They wait here, and not in a statement: so they take no connection, no lock, and no
// place in a group. While there are any, a goroutine looks from time to time which rows are still locked.
type held[K comparable, V any] struct {
	lines    map[string]*line[K, V] // by the name of the row
	calls    int                    // that wait in any line
	watching bool
}

// line are the arrivals that wait for one row.
type line[K comparable, V any] struct {
	arrivals []*arrival[K, V]
	calls    map[*call]int // arrivals of each call
	unseen   bool          // to look for the lock does not find it: a row that is being inserted is one that nobody sees
	tries    int
}

// lockState is what there is to know about the locks on some rows.
type lockState struct {
	locked  map[string]bool // by something else
	missing map[string]bool // there is no such row yet, or nobody sees it yet
}

const (
	// heldByRow and heldInAll bound the calls that wait for one locked row, and for all. Each takes a place of a mutation,
	// of which there are 128: further ones are refused, and the places are left to others.
	heldByRow, heldInAll = 32, 96
	// lookPeriod is how often the locks are looked at.
	lookPeriod = 100 * time.Millisecond
	// lookTimeout bounds one look. It waits for no row, but a table may be locked.
	lookTimeout = time.Second
	// tryEvery is how many looks there are to a try: one of those that wait queues for the lock like everybody, for
	// groupPatience. A row that others lock all the time, one after the other, is never found free.
	tryEvery = 5
)

func errHeld() error {
	return apperr.Overload(time.Second, "too many wait for another change of the same user: try again later")
}

// isolate finds out who in a group needs a row that is locked and holds these. The others are written.
func (g *groupCommit[K, V]) isolate(group []*arrival[K, V]) {
	state := g.lookAt(group)
	var free []*arrival[K, V]
	g.mu.Lock()
	for _, a := range group {
		if name, ok := first(g.locks(a.key), state.locked); ok {
			g.hold(a, name, false)
		} else {
			free = append(free, a)
		}
	}
	if len(free) == 1 && len(group) == 1 { // it waits, and nobody can see for what
		names := g.locks(free[0].key)
		name, ok := first(names, state.missing)
		if !ok {
			name = names[0]
		}
		g.hold(free[0], name, true)
		free = nil
	}
	g.mu.Unlock()
	if len(free) == len(group) && len(free) > 1 { // one of them does: half of them do not
		g.commit(free[:len(free)/2], retryPatience)
		free = free[len(free)/2:]
	}
	if len(free) > 0 {
		g.commit(free, retryPatience)
	}
}

// first returns the last of names that is in set: the one that keeps most others waiting.
func first(names []string, set map[string]bool) (string, bool) {
	for _, name := range slices.Backward(names) {
		if set[name] {
			return name, true
		}
	}
	return "", false
}

// lookAt returns the locks on all rows that a group needs; nothing where that cannot be found out.
func (g *groupCommit[K, V]) lookAt(group []*arrival[K, V]) lockState {
	var names []string
	for _, a := range group {
		names = append(names, g.locks(a.key)...)
	}
	slices.Sort(names)
	ctx, cancel := context.WithTimeout(context.Background(), lookTimeout)
	defer cancel()
	state, err := g.look(ctx, slices.Compact(names))
	if err != nil {
		return lockState{}
	}
	return state
}

// heldBy returns the row that an arrival has to wait for, if others wait for it already. g.mu is held.
func (g *groupCommit[K, V]) heldBy(a *arrival[K, V]) (string, bool) {
	if len(g.held.lines) == 0 {
		return "", false
	}
	for _, name := range slices.Backward(g.locks(a.key)) {
		if g.held.lines[name] != nil {
			return name, true
		}
	}
	return "", false
}

// hold has an arrival wait for a row, unless enough do. g.mu is held.
func (g *groupCommit[K, V]) hold(a *arrival[K, V], name string, unseen bool) {
	if a.ctx.Err() != nil {
		return // it left, and leave did not find it here
	}
	l := g.held.lines[name]
	switch {
	case l != nil && l.calls[a.call] == 0 && len(l.calls) >= heldByRow,
		a.call.held == 0 && g.held.calls >= heldInAll:
		a.ended <- committed[V]{err: errHeld()}
		return
	case l == nil:
		if g.held.lines == nil {
			g.held.lines = map[string]*line[K, V]{}
		}
		l = &line[K, V]{calls: map[*call]int{}, unseen: unseen}
		g.held.lines[name] = l
	}
	l.arrivals = append(l.arrivals, a)
	l.calls[a.call]++
	if a.call.held++; a.call.held == 1 {
		g.held.calls++
	}
	if !g.held.watching {
		g.held.watching = true
		go g.watch()
	}
}

// letGo takes an arrival out of the line that it is in, and reports whether it was in one. g.mu is held.
func (g *groupCommit[K, V]) letGo(a *arrival[K, V]) bool {
	if a.call.held == 0 {
		return false
	}
	for _, name := range g.locks(a.key) {
		l := g.held.lines[name]
		if l == nil {
			continue
		}
		place := slices.Index(l.arrivals, a)
		if place < 0 {
			continue
		}
		l.arrivals = slices.Delete(l.arrivals, place, place+1)
		if l.calls[a.call]--; l.calls[a.call] == 0 {
			delete(l.calls, a.call)
		}
		if a.call.held--; a.call.held == 0 {
			g.held.calls--
		}
		if len(l.arrivals) == 0 {
			delete(g.held.lines, name)
		}
		return true
	}
	return false
}

// release has all of a line gather again. g.mu is held.
func (g *groupCommit[K, V]) release(l *line[K, V]) {
	for _, a := range slices.Clone(l.arrivals) {
		g.letGo(a)
		g.gathered = append(g.gathered, a)
	}
}

// watch looks after the lines until there are none.
func (g *groupCommit[K, V]) watch() {
	ticker := time.NewTicker(lookPeriod)
	defer ticker.Stop()
	for looks := 1; ; looks++ {
		<-ticker.C
		names, open := g.lines(time.Now())
		if !open {
			return
		}
		if len(names) > 0 {
			g.releaseFree(names)
		}
		g.try(looks%tryEvery == 0)
	}
}

// lines returns the rows that are waited for and can be looked at, and whether anybody waits at all. Those who have waited
// for too long are told so.
func (g *groupCommit[K, V]) lines(now time.Time) (names []string, open bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for name, l := range g.held.lines {
		for _, a := range slices.Clone(l.arrivals) {
			if now.Sub(a.since) >= commitTimeout && g.letGo(a) {
				a.ended <- committed[V]{err: classify(context.Background(), context.DeadlineExceeded)}
			}
		}
		if !l.unseen && len(l.arrivals) > 0 {
			names = append(names, name)
		}
	}
	g.held.watching = len(g.held.lines) > 0
	return names, g.held.watching
}

// releaseFree looks which of the rows are not locked any more, and has those who waited for them gather again.
func (g *groupCommit[K, V]) releaseFree(names []string) {
	ctx, cancel := context.WithTimeout(context.Background(), lookTimeout)
	defer cancel()
	state, err := g.look(ctx, names)
	if apperr.CodeOf(classify(ctx, err)) == apperr.Timeout {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, name := range names {
		// Where the look fails, so will the statement, with an error for each.
		if l := g.held.lines[name]; l != nil && (err != nil || !state.locked[name]) {
			g.release(l)
		}
	}
	g.startNext()
}

// try writes one key of the line that was tried least, by itself: if that works, the row is free. all: not only of those
// whose lock is unseen.
func (g *groupCommit[K, V]) try(all bool) {
	g.mu.Lock()
	var next *line[K, V]
	for _, l := range g.held.lines {
		if (l.unseen || all) && (next == nil || l.tries < next.tries) {
			next = l
		}
	}
	if next == nil {
		g.mu.Unlock()
		return
	}
	chosen := next.arrivals[next.tries%len(next.arrivals)]
	next.tries++
	patience := groupPatience
	if next.unseen {
		patience = retryPatience
	}
	g.mu.Unlock()

	result := g.attempt(context.Background(), []*arrival[K, V]{chosen}, patience)[0]
	if stateOf(result.err) == lockNotAvailable {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.letGo(chosen) { // else it left
		chosen.ended <- result
	}
	g.release(next)
	g.startNext()
}
