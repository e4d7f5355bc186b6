package limit

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"followgraph/internal/apperr"
)

// MaxOperationBytes limits the memory of one operation.
const MaxOperationBytes = 32 << 20

const (
	// smallPart is the divisor of the capacity that gives the largest share of a small operation.
	smallPart = 64
	// growth is the smallest number of bytes by which a Share grows.
	growth = 1 << 20
	// maxWaiting limits the small operations that wait for memory, and the large ones.
	maxWaiting = 256
)

// Memory limits the memory that all running operations hold together. Each operation takes a Share before it runs, as
// large as its estimated need. Memory is safe for concurrent use.
//
// Large operations get at most three quarters. They wait for each other, and the networks of clients are served in
// rotation. Small operations rarely wait.
type Memory struct {
	capacity int64
	forLarge int64
	maxSmall int64 // the largest share of a small operation
	wait     time.Duration

	mu           sync.Mutex
	used         int64
	usedByLarge  int64
	small, large roundRobin
	refused      uint64
}

// NewMemory returns a Memory of capacity bytes, which must be positive. An operation waits for its share for at most
// wait.
func NewMemory(capacity int64, wait time.Duration) *Memory {
	return &Memory{capacity: capacity, forLarge: capacity * 3 / 4, maxSmall: capacity / smallPart, wait: wait}
}

// Beside returns a separate Memory, a quarter as large, for operations that hold their shares for seconds without using
// them. The given number of small operations fits next to the large ones.
func (m *Memory) Beside(operations int) *Memory {
	beside := NewMemory(m.capacity/4, m.wait)
	beside.maxSmall = (beside.capacity - beside.forLarge) / int64(operations)
	return beside
}

// IsLarge reports whether an operation that needs the given number of bytes is large.
func (m *Memory) IsLarge(bytes int) bool { return int64(bytes) > m.maxSmall }

// Share is the memory of one operation. All methods are safe for concurrent use.
type Share struct {
	of    *Memory
	large bool

	mu       sync.Mutex
	granted  int64
	held     int64
	released bool
}

// Take waits for a share of the given number of bytes for an operation of a network. Release returns it. A share is
// never larger than the part for large operations. The error is OVERLOADED if the wait is too long or too many
// operations wait, and ctx's error if ctx ends first.
func (m *Memory) Take(ctx context.Context, network netip.Addr, bytes int) (*Share, error) {
	share := &Share{of: m, granted: min(int64(bytes), m.forLarge), large: m.IsLarge(bytes)}
	m.mu.Lock()
	waiting := m.waiting(share)
	if waiting.len == 0 && m.fits(share, share.granted) {
		m.add(share, share.granted)
		m.mu.Unlock()
		return share, nil
	}
	w := &memoryWaiter{network, share, newTicket()}
	if waiting.len < maxWaiting || waiting.makeRoom(network) {
		waiting.push(w)
	}
	m.mu.Unlock()

	// An operation that does not get into the queue, or is removed from it, is refused as late as the others. Refusing
	// it costs as much as answering a small one, and clients that are refused at once retry at once.
	err := w.ticket.await(ctx, ticketQueue{
		lock: &m.mu, patience: m.wait, late: overloaded(), refusals: &m.refused,
		abandon: func() {
			waiting.remove(w)
			m.admit() // the operation behind it may need less
		},
		giveUp: func() { m.remove(share, share.granted) },
	})
	if err != nil {
		return nil, err
	}
	return share, nil
}

// waiting returns the queue for a share.
func (m *Memory) waiting(s *Share) *roundRobin {
	if s.large {
		return &m.large
	}
	return &m.small
}

// fits reports whether a share may grow by the given number of bytes. The caller holds m.mu.
func (m *Memory) fits(s *Share, bytes int64) bool {
	return m.used+bytes <= m.capacity && (!s.large || m.usedByLarge+bytes <= m.forLarge)
}

func (m *Memory) add(s *Share, bytes int64) {
	m.used += bytes
	if s.large {
		m.usedByLarge += bytes
	}
}

// remove takes bytes from a share and grants them to waiting operations. The caller holds m.mu.
func (m *Memory) remove(s *Share, bytes int64) {
	m.add(s, -bytes)
	m.admit()
}

// admit grants free memory to waiting operations, small ones first. The caller holds m.mu.
func (m *Memory) admit() {
	for _, waiting := range []*roundRobin{&m.small, &m.large} {
		for next := waiting.next(); next != nil && m.fits(next.share, next.share.granted); next = waiting.next() {
			m.add(next.share, next.share.granted)
			waiting.remove(next)
			waiting.rotate(next.network)
			next.ticket <- nil
		}
	}
}

// Hold counts bytes of rows that the operation reads and holds from now on. Half of the share is for rows, the other
// half for the response made of them. If the rows need more, the share grows without waiting. The error is
// QUERY_TOO_COMPLEX if the operation would hold more than MaxOperationBytes, OVERLOADED if no memory is free, and
// CANCELED after Release: a lookup may finish after its operation has timed out.
func (s *Share) Hold(bytes int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.released {
		return apperr.New(apperr.Canceled, "the operation has already ended")
	}
	s.held += int64(bytes)
	if 2*s.held <= s.granted {
		return nil
	}
	if 2*s.held > MaxOperationBytes {
		return apperr.New(apperr.QueryTooComplex,
			"the operation needs more memory than the limit of %d MiB: request smaller pages or fewer fields", MaxOperationBytes>>20)
	}
	more := max(growth, 2*s.held-s.granted)
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	if s.of.used+more > s.of.capacity {
		s.of.refused++
		return overloaded()
	}
	s.of.add(s, more)
	s.granted += more
	return nil
}

// Release returns the share. Further calls have no effect.
func (s *Share) Release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.released {
		return
	}
	s.released = true
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	s.of.remove(s, s.granted)
}

// MemoryLoad is the load of a Memory.
type MemoryLoad struct {
	Capacity, Used int64  // in bytes, now
	Waiting        int    // operations, now
	Refused        uint64 // operations, since the start
}

// Load returns the load of the Memory.
func (m *Memory) Load() MemoryLoad {
	m.mu.Lock()
	defer m.mu.Unlock()
	return MemoryLoad{Capacity: m.capacity, Used: m.used, Waiting: m.small.len + m.large.len, Refused: m.refused}
}
