package limit

import (
	"net/netip"
	"slices"
)

// roundRobin is a queue in which networks take turns. The zero value is empty.
type roundRobin struct {
	len      int
	networks []*turnsOf // the next one in front
}

// turnsOf is what waits of one network, the oldest in front.
type turnsOf struct {
	network netip.Addr
	waiting []*turn
}

// turn is an operation that waits for memory.
type turn struct {
	network netip.Addr
	share   *Share
	turn    chan struct{} // closed when the share is taken
}

func newTurn(network netip.Addr, share *Share) *turn {
	return &turn{network, share, make(chan struct{})}
}

func (t *roundRobin) at(network netip.Addr) int {
	return slices.IndexFunc(t.networks, func(of *turnsOf) bool { return of.network == network })
}

func (t *roundRobin) push(added *turn) {
	at := t.at(added.network)
	if at < 0 {
		at = len(t.networks)
		t.networks = append(t.networks, &turnsOf{network: added.network})
	}
	t.networks[at].waiting = append(t.networks[at].waiting, added)
	t.len++
}

// next returns the oldest of the network whose turn it is, nil where nothing waits.
func (t *roundRobin) next() *turn {
	if t.len == 0 {
		return nil
	}
	return t.networks[0].waiting[0]
}

// rotate ends the turn of a network.
func (t *roundRobin) rotate(network netip.Addr) {
	if at := t.at(network); at >= 0 {
		of := t.networks[at]
		t.networks = append(slices.Delete(t.networks, at, at+1), of)
	}
}

// remove takes an operation out of the queue, if it is there.
func (t *roundRobin) remove(gone *turn) {
	at := t.at(gone.network)
	if at < 0 {
		return
	}
	of := t.networks[at]
	i := slices.Index(of.waiting, gone)
	if i < 0 {
		return
	}
	of.waiting = slices.Delete(of.waiting, i, i+1)
	t.len--
	if len(of.waiting) == 0 {
		t.networks = slices.Delete(t.networks, at, at+1)
	}
}

// makeRoom takes the newest operation of the network of which most wait out of a full queue, for one of another network
// that has fewer. It reports whether it did.
func (t *roundRobin) makeRoom(network netip.Addr) bool {
	most := slices.MaxFunc(t.networks, func(a, b *turnsOf) int { return len(a.waiting) - len(b.waiting) })
	if at := t.at(network); most.network == network || at >= 0 && len(t.networks[at].waiting)+1 >= len(most.waiting) {
		return false
	}
	t.remove(most.waiting[len(most.waiting)-1])
	return true
}
