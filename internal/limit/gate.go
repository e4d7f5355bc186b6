package limit

import (
	"container/list"
	"context"
	"net/netip"
	"sync"
	"time"

	"followgraph/internal/apperr"
)

// GateOptions bound a Gate. Slots and Wait are positive; Queue may be 0.
type GateOptions struct {
	Slots int           // operations that run at once
	Queue int           // operations that wait
	Wait  time.Duration // how long one waits at most
	// Share is how many slots one network may have for each that is free: of 16 slots a network that is alone has 14 with
	// a share of 7. 0 stands for any number.
	Share int
	// Reserve is how many of the free slots do not count for Share: they are left to networks that have none.
	Reserve int
	// Most is how many slots one network may have at all. 0 stands for any number.
	Most int
}

// Gate is what operations pass to run. It is safe for concurrent use.
//
// Slots and queue are shared fairly between networks of clients. A place that becomes free goes to the waiting network
// that has the fewest, and an operation that finds the queue full takes the place in it of one of the network that has
// the most there. So a network that asks for more than its share delays nobody but itself, and one that is alone gets
// all that can be done. (Max-min fairness; for the queue, McKenney: Stochastic fairness queueing, INFOCOM 1990.) Where
// GateOptions.Share says so, a few slots are left to other networks, whose operations would otherwise wait for the end of
// long ones.
//
// Networks that have equally few, and the operations of a network, are served in order while nobody waits for long. Once
// the oldest has waited for half of what it may, more is asked for than can be done, and some will wait in vain whatever
// the order: then the newest go first. In order, everybody would have waited nearly as long as they may, those too who are
// refused in the end; so most hardly wait, and a few long.
//
// Who finds the queue full has no chance, but is told so as late as who waited in vain: to refuse a small query costs
// half of what it does to answer it, and most of those who are refused at once ask again at once.
type Gate struct {
	options GateOptions

	mu       sync.Mutex
	running  int
	networks map[netip.Addr]*gateShare // those of which an operation runs or waits
	waiting  list.List                 // of *gateWaiter, of all networks, the oldest in front
	queues   list.List                 // of *gateShare: those of which an operation waits, the one that is next in front
	spare    []*gateShare              // to be used again
	entered  uint64
	refused  uint64
}

// gateShare is what a network has of a gate.
type gateShare struct {
	network netip.Addr
	running int
	waiting list.List     // of *gateWaiter, the oldest in front
	queue   *list.Element // its place in Gate.queues, nil where none of its operations waits
}

// gateWaiter is an operation that waits for its turn.
type gateWaiter struct {
	since time.Time
	of    *gateShare
	own   *list.Element // its place in the queue of its network; nil where it is not in the queue any more
	all   *list.Element // its place in Gate.waiting
	turn  chan struct{} // closed when a slot is its own
}

// NewGate makes a gate that nobody has passed yet.
func NewGate(options GateOptions) *Gate {
	return &Gate{options: options, networks: make(map[netip.Addr]*gateShare)}
}

// retryAfter is when a client may come back: a busy moment has passed then, or else the client is one of fewer.
const retryAfter = time.Second

func overloaded() error {
	return apperr.Overload(retryAfter, "the server is overloaded: try again later")
}

// Enter takes a slot for an operation of a network, which Release gives back. Its error is OVERLOADED where too many wait
// already or the wait was in vain, and ctx's where ctx ended first; then no place was taken.
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

	inVain := time.NewTimer(g.options.Wait)
	defer inVain.Stop()
	select {
	case <-w.turn:
		return nil
	case <-inVain.C:
		return g.giveUp(ctx, w, overloaded())
	case <-ctx.Done():
		return g.giveUp(ctx, w, ctx.Err())
	}
}

// giveUp ends the wait of an operation with an error, unless its turn came at the same moment.
func (g *Gate) giveUp(ctx context.Context, w *gateWaiter, err error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-w.turn:
		if ctx.Err() == nil {
			return nil
		}
		g.leave(w.of)
		return ctx.Err()
	default:
	}
	g.dequeue(w)
	if ctx.Err() == nil {
		g.refused++
	}
	return err
}

// share returns what a network has. What is not used is to be forgotten again.
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

// forget drops a network of which nothing runs and nothing waits.
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

// mayWait reports whether another operation of a network may wait: there is room in the queue, or more than one of
// another network than of this one.
func (g *Gate) mayWait(s *gateShare) bool {
	if g.waiting.Len() < g.options.Queue {
		return true
	}
	longest := g.longest()
	return longest != nil && longest.waiting.Len() > s.waiting.Len()+1
}

// longest returns the network of which the most operations wait, nil where none does.
func (g *Gate) longest() *gateShare {
	var longest *gateShare
	for at := g.queues.Front(); at != nil; at = at.Next() {
		if s := at.Value.(*gateShare); longest == nil || s.waiting.Len() > longest.waiting.Len() {
			longest = s
		}
	}
	return longest
}

// pushOut takes the oldest operation of the network of which the most wait out of the queue: it has the least time left.
// It is refused no earlier than those that wait in vain.
func (g *Gate) pushOut() { g.dequeue(g.longest().waiting.Front().Value.(*gateWaiter)) }

func (g *Gate) run(s *gateShare) {
	g.running++
	s.running++
	g.entered++
}

// enqueue has an operation of a network wait.
func (g *Gate) enqueue(s *gateShare) *gateWaiter {
	w := &gateWaiter{since: time.Now(), of: s, turn: make(chan struct{})}
	w.own, w.all = s.waiting.PushBack(w), g.waiting.PushBack(w)
	if s.queue == nil {
		s.queue = g.queues.PushBack(s)
	}
	return w
}

// dequeue takes an operation out of the queue, if it is still there.
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

// Release gives back a slot of a network.
func (g *Gate) Release(network netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.leave(g.networks[network])
}

// leave gives a slot of a network back, and hands it to whoever is next.
func (g *Gate) leave(s *gateShare) {
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
		turn := next.waiting.Front()
		if g.isPressed(&next.waiting) {
			turn = next.waiting.Back()
		}
		w := turn.Value.(*gateWaiter)
		g.dequeue(w)
		close(w.turn)
	}
}

// isPressed reports whether the oldest of a queue of operations has waited for half of what it may.
func (g *Gate) isPressed(queue *list.List) bool {
	oldest := queue.Front()
	return oldest != nil && time.Since(oldest.Value.(*gateWaiter).since) > g.options.Wait/2
}

// next returns the network that gets the next place, nil where none waits: of those that have the fewest, the first of the
// queues, or the last where the newest go first.
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

// Check is for an operation of which nothing is known yet: it is Enter's error where the queue is full. The operation
// takes no place, and none is promised.
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

// Refuse refuses an operation that has not been in the queue. It returns as late as Enter does that waits in vain, with
// the same error.
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

// GateLoad is what a gate has to do.
type GateLoad struct {
	Running, Waiting int    // now
	Entered, Refused uint64 // since the start
}

// Load tells what the gate has to do.
func (g *Gate) Load() GateLoad {
	g.mu.Lock()
	defer g.mu.Unlock()
	return GateLoad{Running: g.running, Waiting: g.waiting.Len(), Entered: g.entered, Refused: g.refused}
}
