package store

import (
	"context"
	"slices"
	"time"

	"followgraph/internal/apperr"
)

// waitingKeys holds the arrivals of a groupCommit that wait for a row that another transaction has locked, such as an
// import's chunk or a session that was left open. They wait here and not inside a statement, so they occupy no
// connection, hold no lock and take no room in a group. While arrivals wait, a goroutine checks periodically which rows
// are still locked.
type waitingKeys[K comparable, V any] struct {
	queues   map[string]*lockQueue[K, V] // by the name of the row
	calls    int                         // calls that wait in any queue
	watching bool
}

// lockQueue holds the arrivals that wait for one row.
type lockQueue[K comparable, V any] struct {
	arrivals   []*arrival[K, V]
	calls      map[*call]int // arrivals per call
	unreadable bool          // readLocks cannot see the lock: the row is being inserted
	tries      int
}

// lockState is the result of a check of the locks on some rows.
type lockState struct {
	locked  map[string]bool // by another transaction
	missing map[string]bool // the row does not exist, or is not visible yet
}

const (
	// maxWaitingPerRow and maxWaitingCalls limit the calls that wait for one locked row, and for all locked rows. Each
	// waiting call occupies one of the 128 slots for mutations. Further calls are rejected, which leaves slots for
	// other mutations.
	maxWaitingPerRow, maxWaitingCalls = 32, 96
	// readLocksPeriod is how often the locks are checked.
	readLocksPeriod = 100 * time.Millisecond
	// readLocksTimeout limits one check. The check waits for no row, but the table may be locked.
	readLocksTimeout = time.Second
	// readsPerTry is the number of checks per try. In a try, one waiting key queues for the lock like any other
	// transaction, for groupLockTimeout. Without tries, a row that other transactions lock one after another without a
	// pause would never appear free.
	readsPerTry = 5
)

func errTooManyWaiting() error {
	return apperr.Overload(time.Second, "too many changes of the same user are waiting: try again later")
}

// isolate finds the keys in a group that need a locked row, moves them to that row's queue and writes the others.
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
	if len(free) == 1 && len(group) == 1 { // it is blocked by a lock that readLocks cannot see
		names := g.lockNames(free[0].key)
		name, ok := lastIn(names, state.missing)
		if !ok {
			name = names[0]
		}
		g.addWaiting(free[0], name, true)
		free = nil
	}
	g.mu.Unlock()
	if len(free) == len(group) && len(free) > 1 { // one key is blocked: find it by bisection
		g.commit(free[:len(free)/2], retryLockTimeout)
		free = free[len(free)/2:]
	}
	if len(free) > 0 {
		g.commit(free, retryLockTimeout)
	}
}

// lastIn returns the last name that is in set. Names are ordered by contention, so this row blocks the most other keys.
func lastIn(names []string, set map[string]bool) (string, bool) {
	for _, name := range slices.Backward(names) {
		if set[name] {
			return name, true
		}
	}
	return "", false
}

// readGroupLocks returns the locks on all rows that a group needs. If the check fails, the result is empty.
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

// waitsFor returns the row that an arrival must wait for because other arrivals already wait for that row. The caller
// holds g.mu.
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

// addWaiting adds an arrival to a row's queue, or rejects it if too many wait. The caller holds g.mu.
func (g *groupCommit[K, V]) addWaiting(a *arrival[K, V], name string, unreadable bool) {
	if a.ctx.Err() != nil {
		return // the caller left before the arrival was in a queue where withdraw finds it
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

// removeWaiting removes an arrival from its row's queue and reports whether it was in one. The caller holds g.mu.
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

// release moves all arrivals of a row's queue back to the main queue. The caller holds g.mu.
func (g *groupCommit[K, V]) release(l *lockQueue[K, V]) {
	for _, a := range slices.Clone(l.arrivals) {
		g.removeWaiting(a)
		g.queue = append(g.queue, a)
	}
}

// watch serves the row queues until there are none.
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

// queues returns the rows whose locks can be checked. open reports whether any arrival waits. Arrivals that have waited
// longer than commitTimeout get a TIMEOUT.
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

// releaseFree checks which of the rows are free and moves the arrivals that waited for them back to the main queue.
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
		// If the check fails, the statement will fail too and give each key an error.
		if l := g.waiting.queues[name]; l != nil && (err != nil || !state.locked[name]) {
			g.release(l)
		}
	}
	g.startNext()
}

// try writes one key, in a separate statement. It takes the key from the queue with the fewest tries. If the statement
// succeeds, the row is free. all includes queues whose lock readLocks can see.
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
	if g.removeWaiting(candidate) { // otherwise the caller left
		candidate.result <- result
	}
	g.release(queue)
	g.startNext()
}
