package limit

import (
	"net/netip"
	"slices"
)

// roundRobin is a queue of operations that serves networks in rotation. The zero value is empty.
type roundRobin struct {
	len      int
	networks []*networkQueue // the next one first
}

// networkQueue holds the waiting operations of one network, the oldest first.
type networkQueue struct {
	network netip.Addr
	waiting []*memoryWaiter
}

// memoryWaiter is an operation that waits for memory.
type memoryWaiter struct {
	network netip.Addr
	share   *Share
	ticket  ticket
}

func (q *roundRobin) index(network netip.Addr) int {
	return slices.IndexFunc(q.networks, func(of *networkQueue) bool { return of.network == network })
}

func (q *roundRobin) push(w *memoryWaiter) {
	at := q.index(w.network)
	if at < 0 {
		at = len(q.networks)
		q.networks = append(q.networks, &networkQueue{network: w.network})
	}
	q.networks[at].waiting = append(q.networks[at].waiting, w)
	q.len++
}

// next returns the oldest operation of the network that is next, nil if the queue is empty.
func (q *roundRobin) next() *memoryWaiter {
	if q.len == 0 {
		return nil
	}
	return q.networks[0].waiting[0]
}

// rotate puts a network behind all others.
func (q *roundRobin) rotate(network netip.Addr) {
	if at := q.index(network); at >= 0 {
		of := q.networks[at]
		q.networks = append(slices.Delete(q.networks, at, at+1), of)
	}
}

// remove removes an operation if it is in the queue.
func (q *roundRobin) remove(w *memoryWaiter) {
	at := q.index(w.network)
	if at < 0 {
		return
	}
	of := q.networks[at]
	i := slices.Index(of.waiting, w)
	if i < 0 {
		return
	}
	of.waiting = slices.Delete(of.waiting, i, i+1)
	q.len--
	if len(of.waiting) == 0 {
		q.networks = slices.Delete(q.networks, at, at+1)
	}
}

// makeRoom removes the newest operation of the network with the most waiting operations from a full queue, if another
// operation of network would still leave network with fewer. It reports whether it removed one.
func (q *roundRobin) makeRoom(network netip.Addr) bool {
	most := slices.MaxFunc(q.networks, func(a, b *networkQueue) int { return len(a.waiting) - len(b.waiting) })
	at := q.index(network)
	if most.network == network || at >= 0 && len(q.networks[at].waiting)+1 >= len(most.waiting) {
		return false
	}
	q.remove(most.waiting[len(most.waiting)-1])
	return true
}
