package overload

import (
	"net/netip"
	"sync"
)

// Shares bound how many of a gate's places one network may hold, so that it cannot fill them all. It is safe for
// concurrent use.
type Shares struct {
	most int

	mu   sync.Mutex
	held map[netip.Addr]int // of networks that hold any
}

// NewShares makes shares of so many places, which is positive.
func NewShares(most int) *Shares {
	return &Shares{most: most, held: make(map[netip.Addr]int)}
}

// Take tells whether the network may hold another place. Then GiveBack must follow.
func (s *Shares) Take(network netip.Addr) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[network] >= s.most {
		return false
	}
	s.held[network]++
	return true
}

// GiveBack undoes a Take.
func (s *Shares) GiveBack(network netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[network]--; s.held[network] == 0 {
		delete(s.held, network)
	}
}
