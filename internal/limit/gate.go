package limit

import (
	"container/list"
	"context"
	"net/netip"
	"sync"
	"time"

	"followgraph/internal/apperr"
)

// GateOptions configure a Gate. Slots and Wait are positive; Queue may be 0.
type GateOptions struct {
	Slots int           // operations that run at once
	Queue int           // operations that wait
	Wait  time.Duration // the longest wait of an operation
	// Share is how many slots one network may hold for each free slot: of 16 slots, a single network gets 14 with a
	// share of 7. 0 means no limit.
	Share int
	// Reserve is how many free slots Share does not count: they are left to networks that hold none.
	Reserve int
	// Most is how many slots one network may hold. 0 means no limit.
	Most int
}

// Gate limits how many operations run at once, lets a limited number wait for a limited time, and refuses the rest. So
// an overloaded server continues to do the work that it can do. Gate is safe for concurrent use.
//
// Slots and queue are shared fairly between networks of clients. A free slot goes to the waiting network that holds the
// fewest. An operation that finds the queue full replaces one of the network that has the most operations in it. So a
// network that exceeds its share delays only itself, and a network that is alone gets the whole capacity. (Max-min
// fairness; for the queue, McKenney: Stochastic fairness queueing, INFOCOM 1990.) GateOptions.Share leaves a few slots
// to other networks, whose operations would otherwise wait until long ones end.
//
// Operations of one network, and networks with equally few slots, are served in order (FIFO) while waits are short. If
// the oldest operation has waited for half of the longest wait, the server is overloaded, and some operations will time
// out in any order. Then the newest are served first (LIFO): most operations wait only briefly, and a few wait long.
// With FIFO, even the operations that are answered would wait almost the longest wait.
//
// An operation that gets no place in the queue, or loses it to another, is refused as late as one that times out.
// Refusing a small query costs half as much as answering it, and most clients that are refused at once retry at once.
type Gate struct {
	options GateOptions

	mu       sync.Mutex
	running  int
	networks map[netip.Addr]*gateShare // networks with running or waiting operations
	waiting  list.List                 // of *gateWaiter, of all networks, the oldest first
	queues   list.List                 // of *gateShare with waiting operations, the next one first
	spare    []*gateShare              // for reuse
	entered  uint64
	refused  uint64
}

// gateShare is what one network uses of a gate.
type gateShare struct {
	network netip.Addr
	running int
	waiting list.List     // of *gateWaiter, the oldest first
	queue   *list.Element // in Gate.queues; nil if none of its operations waits
}

// gateWaiter is an operation that waits for a slot.
type gateWaiter struct {
	since  time.Time
	of     *gateShare
	own    *list.Element // in gateShare.waiting; nil after it left the queue
	all    *list.Element // in Gate.waiting
	ticket ticket
}

// NewGate returns a gate whose slots are all free.
func NewGate(options GateOptions) *Gate {
	return &Gate{options: options, networks: make(map[netip.Addr]*gateShare)}
}

// retryAfter is when a refused client may retry: a short peak has passed by then.
const retryAfter = time.Second

func overloaded() error {
	return apperr.Overload(retryAfter, "the server is overloaded: try again later")
}

// Enter takes a slot for an operation of a network. Release returns it. The error is OVERLOADED if the wait is too long
// or too many operations wait, and ctx's error if ctx ends first; then no slot is taken.
func (g *Gate) Enter(ctx context.Context, network netip.Addr) error {
	g.mu.Lock()
	s := g.share(network)
	switch {
	case g.mayRun(s):
		g.run(s)
		g.mu.Unlock()
		return nil
	case !g.mayWait(s):
		g.forget(s)
		g.mu.Unlock()
		return g.Refuse(ctx)
	}
	if g.waiting.Len() >= g.options.Queue {
		g.pushOut()
	}
	w := g.enqueue(s)
	g.mu.Unlock()

	return w.ticket.await(ctx, ticketQueue{
		lock: &g.mu, patience: g.options.Wait, late: overloaded(), refusals: &g.refused,
		abandon: func() { g.dequeue(w) },
		giveUp:  func() { g.release(s) },
	})
}

// share returns the share of a network. Pass a share that stays unused to forget.
func (g *Gate) share(network netip.Addr) *gateShare {
	s, ok := g.networks[network]
	if ok {
		return s
	}
	if last := len(g.spare) - 1; last >= 0 {
		s, g.spare = g.spare[last], g.spare[:last]
	} else {
		s = &gateShare{}
	}
	s.network = network
	g.networks[network] = s
	return s
}

// forget drops a network without running and waiting operations.
func (g *Gate) forget(s *gateShare) {
	if s.running == 0 && s.queue == nil {
		delete(g.networks, s.network)
		if len(g.spare) < g.options.Slots {
			g.spare = append(g.spare, s)
		}
	}
}

// mayRun reports whether another operation of a network may run now.
func (g *Gate) mayRun(s *gateShare) bool {
	free := g.options.Slots - g.running
	switch {
	case free == 0 || g.options.Most > 0 && s.running >= g.options.Most:
		return false
	case g.options.Share == 0 || s.running == 0:
		return true
	default:
		return s.running < g.options.Share*(free-g.options.Reserve)
	}
}

// mayWait reports whether another operation of a network may wait: the queue has room, or another network would still
// have more operations in it.
func (g *Gate) mayWait(s *gateShare) bool {
	if g.waiting.Len() < g.options.Queue {
		return true
	}
	longest := g.longest()
	return longest != nil && longest.waiting.Len() > s.waiting.Len()+1
}

// longest returns the network with the most waiting operations, nil if none waits.
func (g *Gate) longest() *gateShare {
	var longest *gateShare
	for at := g.queues.Front(); at != nil; at = at.Next() {
		if s := at.Value.(*gateShare); longest == nil || s.waiting.Len() > longest.waiting.Len() {
			longest = s
		}
	}
	return longest
}

// pushOut removes from the queue the oldest operation of the network with the most waiting operations: it has the least
// time left. It is refused as late as one that waits in vain.
func (g *Gate) pushOut() { g.dequeue(g.longest().waiting.Front().Value.(*gateWaiter)) }

func (g *Gate) run(s *gateShare) {
	g.running++
	s.running++
	g.entered++
}

// enqueue adds an operation of a network to the queue.
func (g *Gate) enqueue(s *gateShare) *gateWaiter {
	w := &gateWaiter{since: time.Now(), of: s, ticket: newTicket()}
	w.own, w.all = s.waiting.PushBack(w), g.waiting.PushBack(w)
	if s.queue == nil {
		s.queue = g.queues.PushBack(s)
	}
	return w
}

// dequeue removes an operation from the queue if it is still there.
func (g *Gate) dequeue(w *gateWaiter) {
	if w.own == nil {
		return
	}
	s := w.of
	s.waiting.Remove(w.own)
	g.waiting.Remove(w.all)
	w.own, w.all = nil, nil
	if s.waiting.Len() == 0 {
		g.queues.Remove(s.queue)
		s.queue = nil
		g.forget(s)
	}
}

// Release returns a slot of a network.
func (g *Gate) Release(network netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.release(g.networks[network])
}

// release returns a slot of a network and grants free slots to the next operations.
func (g *Gate) release(s *gateShare) {
	g.running--
	s.running--
	g.forget(s)
	newest := g.isPressed(&g.waiting)
	for next := g.next(newest); next != nil && g.mayRun(next); next = g.next(newest) {
		g.run(next)
		if newest {
			g.queues.MoveToFront(next.queue)
		} else {
			g.queues.MoveToBack(next.queue)
		}
		first := next.waiting.Front()
		if g.isPressed(&next.waiting) {
			first = next.waiting.Back()
		}
		w := first.Value.(*gateWaiter)
		g.dequeue(w)
		w.ticket <- nil
	}
}

// isPressed reports whether the oldest operation of a queue has waited for half of the longest wait.
func (g *Gate) isPressed(queue *list.List) bool {
	oldest := queue.Front()
	return oldest != nil && time.Since(oldest.Value.(*gateWaiter).since) > g.options.Wait/2
}

// next returns the network that gets the next slot, nil if none waits. Of the networks with the fewest slots it is the
// first in the queues, or the last if newest is set.
func (g *Gate) next(newest bool) *gateShare {
	first, step := g.queues.Front(), (*list.Element).Next
	if newest {
		first, step = g.queues.Back(), (*list.Element).Prev
	}
	var next *gateShare
	for at := first; at != nil; at = step(at) {
		if s := at.Value.(*gateShare); next == nil || s.running < next.running {
			next = s
		}
		if next.running == 0 {
			break
		}
	}
	return next
}

// Check returns Enter's error, as late as Enter does, if Enter would neither run the operation nor let it wait. It takes
// no slot and reserves none. It allows a server to refuse a request before it reads it.
func (g *Gate) Check(ctx context.Context, network netip.Addr) error {
	g.mu.Lock()
	s := g.share(network)
	chance := g.mayRun(s) || g.mayWait(s)
	g.forget(s)
	g.mu.Unlock()
	if chance {
		return nil
	}
	return g.Refuse(ctx)
}

// Refuse refuses an operation that has not been in the queue. It returns the error of Enter after the longest wait.
func (g *Gate) Refuse(ctx context.Context) error {
	g.mu.Lock()
	g.refused++
	g.mu.Unlock()
	held := time.NewTimer(g.options.Wait)
	defer held.Stop()
	select {
	case <-held.C:
		return overloaded()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// GateLoad is the load of a gate.
type GateLoad struct {
	Running, Waiting int    // now
	Entered, Refused uint64 // since the start
}

// Load returns the load of the gate.
func (g *Gate) Load() GateLoad {
	g.mu.Lock()
	defer g.mu.Unlock()
	return GateLoad{Running: g.running, Waiting: g.waiting.Len(), Entered: g.entered, Refused: g.refused}
}
