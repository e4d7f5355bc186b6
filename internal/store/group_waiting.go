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
type waitingKeys[K comparable, V any] struct {
	queues   map[string]*lockQueue[K, V] // by the name of the row
	calls    int                         // that wait in any line
	watching bool
}

// line are the arrivals that wait for one row.
type lockQueue[K comparable, V any] struct {
	arrivals   []*arrival[K, V]
	calls      map[*call]int // arrivals of each call
	unreadable bool          // to look for the lock does not find it: a row that is being inserted is one that nobody sees
	tries      int
}

// lockState is what there is to know about the locks on some rows.
type lockState struct {
	locked  map[string]bool // by something else
	missing map[string]bool // there is no such row yet, or nobody sees it yet
}

const (
	// heldByRow and heldInAll bound the calls that wait for one locked row, and for all. Each takes a place of a mutation,
	// of which there are 128: further ones are refused, and the places are left to others.
	maxWaitingPerRow, maxWaitingCalls = 32, 96
	// lookPeriod is how often the locks are looked at.
	readLocksPeriod = 100 * time.Millisecond
	// lookTimeout bounds one look. It waits for no row, but a table may be locked.
	readLocksTimeout = time.Second
	// tryEvery is how many looks there are to a try: one of those that wait queues for the lock like everybody, for
	// groupPatience. A row that others lock all the time, one after the other, is never found free.
	readsPerTry = 5
)

func errTooManyWaiting() error {
	return apperr.Overload(time.Second, "too many wait for another change of the same user: try again later")
}

// isolate finds out who in a group needs a row that is locked and holds these. The others are written.
func (g *groupCommit[K, V]) isolate(group []*arrival[K, V]) {
	state := g.readGroupLocks(group)
	var free []*arrival[K, V]
	g.mu.Lock()
	for _, a := range group {
		if name, ok := lastIn(g.lockNames(a.key), state.locked); ok {
			g.addWaiting(a, name, false)
		} else {
			free = append(free, a)
		}
	}
	if len(free) == 1 && len(group) == 1 { // it waits, and nobody can see for what
		names := g.lockNames(free[0].key)
		name, ok := lastIn(names, state.missing)
		if !ok {
			name = names[0]
		}
		g.addWaiting(free[0], name, true)
		free = nil
	}
	g.mu.Unlock()
	if len(free) == len(group) && len(free) > 1 { // one of them does: half of them do not
		g.commit(free[:len(free)/2], retryLockTimeout)
		free = free[len(free)/2:]
	}
	if len(free) > 0 {
		g.commit(free, retryLockTimeout)
	}
}

// first returns the last of names that is in set: the one that keeps most others waiting.
func lastIn(names []string, set map[string]bool) (string, bool) {
	for _, name := range slices.Backward(names) {
		if set[name] {
			return name, true
		}
	}
	return "", false
}

// lookAt returns the locks on all rows that a group needs; nothing where that cannot be found out.
func (g *groupCommit[K, V]) readGroupLocks(group []*arrival[K, V]) lockState {
	var names []string
	for _, a := range group {
		names = append(names, g.lockNames(a.key)...)
	}
	slices.Sort(names)
	ctx, cancel := context.WithTimeout(context.Background(), readLocksTimeout)
	defer cancel()
	state, err := g.readLocks(ctx, slices.Compact(names))
	if err != nil {
		return lockState{}
	}
	return state
}

// heldBy returns the row that an arrival has to wait for, if others wait for it already. g.mu is held.
func (g *groupCommit[K, V]) waitsFor(a *arrival[K, V]) (string, bool) {
	if len(g.waiting.queues) == 0 {
		return "", false
	}
	for _, name := range slices.Backward(g.lockNames(a.key)) {
		if g.waiting.queues[name] != nil {
			return name, true
		}
	}
	return "", false
}

// hold has an arrival wait for a row, unless enough do. g.mu is held.
func (g *groupCommit[K, V]) addWaiting(a *arrival[K, V], name string, unreadable bool) {
	if a.ctx.Err() != nil {
		return // it left, and leave did not find it here
	}
	l := g.waiting.queues[name]
	switch {
	case l != nil && l.calls[a.call] == 0 && len(l.calls) >= maxWaitingPerRow,
		a.call.waiting == 0 && g.waiting.calls >= maxWaitingCalls:
		a.result <- commitResult[V]{err: errTooManyWaiting()}
		return
	case l == nil:
		if g.waiting.queues == nil {
			g.waiting.queues = map[string]*lockQueue[K, V]{}
		}
		l = &lockQueue[K, V]{calls: map[*call]int{}, unreadable: unreadable}
		g.waiting.queues[name] = l
	}
	l.arrivals = append(l.arrivals, a)
	l.calls[a.call]++
	if a.call.waiting++; a.call.waiting == 1 {
		g.waiting.calls++
	}
	if !g.waiting.watching {
		g.waiting.watching = true
		go g.watch()
	}
}

// letGo takes an arrival out of the line that it is in, and reports whether it was in one. g.mu is held.
func (g *groupCommit[K, V]) removeWaiting(a *arrival[K, V]) bool {
	if a.call.waiting == 0 {
		return false
	}
	for _, name := range g.lockNames(a.key) {
		l := g.waiting.queues[name]
		if l == nil {
			continue
		}
		index := slices.Index(l.arrivals, a)
		if index < 0 {
			continue
		}
		l.arrivals = slices.Delete(l.arrivals, index, index+1)
		if l.calls[a.call]--; l.calls[a.call] == 0 {
			delete(l.calls, a.call)
		}
		if a.call.waiting--; a.call.waiting == 0 {
			g.waiting.calls--
		}
		if len(l.arrivals) == 0 {
			delete(g.waiting.queues, name)
		}
		return true
	}
	return false
}

// release has all of a line gather again. g.mu is held.
func (g *groupCommit[K, V]) release(l *lockQueue[K, V]) {
	for _, a := range slices.Clone(l.arrivals) {
		g.removeWaiting(a)
		g.queue = append(g.queue, a)
	}
}

// watch looks after the lines until there are none.
func (g *groupCommit[K, V]) watch() {
	ticker := time.NewTicker(readLocksPeriod)
	defer ticker.Stop()
	for reads := 1; ; reads++ {
		<-ticker.C
		names, open := g.queues(time.Now())
		if !open {
			return
		}
		if len(names) > 0 {
			g.releaseFree(names)
		}
		g.try(reads%readsPerTry == 0)
	}
}

// lines returns the rows that are waited for and can be looked at, and whether anybody waits at all. Those who have waited
// for too long are told so.
func (g *groupCommit[K, V]) queues(now time.Time) (names []string, open bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for name, l := range g.waiting.queues {
		for _, a := range slices.Clone(l.arrivals) {
			if now.Sub(a.since) >= commitTimeout && g.removeWaiting(a) {
				a.result <- commitResult[V]{err: classify(context.Background(), context.DeadlineExceeded)}
			}
		}
		if !l.unreadable && len(l.arrivals) > 0 {
			names = append(names, name)
		}
	}
	g.waiting.watching = len(g.waiting.queues) > 0
	return names, g.waiting.watching
}

// releaseFree looks which of the rows are not locked any more, and has those who waited for them gather again.
func (g *groupCommit[K, V]) releaseFree(names []string) {
	ctx, cancel := context.WithTimeout(context.Background(), readLocksTimeout)
	defer cancel()
	state, err := g.readLocks(ctx, names)
	if apperr.CodeOf(classify(ctx, err)) == apperr.Timeout {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, name := range names {
		// Where the look fails, so will the statement, with an error for each.
		if l := g.waiting.queues[name]; l != nil && (err != nil || !state.locked[name]) {
			g.release(l)
		}
	}
	g.startNext()
}

// try writes one key of the line that was tried least, by itself: if that works, the row is free. all: not only of those
// whose lock is unseen.
func (g *groupCommit[K, V]) try(all bool) {
	g.mu.Lock()
	var queue *lockQueue[K, V]
	for _, l := range g.waiting.queues {
		if (l.unreadable || all) && (queue == nil || l.tries < queue.tries) {
			queue = l
		}
	}
	if queue == nil {
		g.mu.Unlock()
		return
	}
	candidate := queue.arrivals[queue.tries%len(queue.arrivals)]
	queue.tries++
	lockTimeout := groupLockTimeout
	if queue.unreadable {
		lockTimeout = retryLockTimeout
	}
	g.mu.Unlock()

	result := g.attempt(context.Background(), []*arrival[K, V]{candidate}, lockTimeout)[0]
	if stateOf(result.err) == lockNotAvailable {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.removeWaiting(candidate) { // else it left
		candidate.result <- result
	}
	g.release(queue)
	g.startNext()
}
