package limit

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"followgraph/internal/apperr"
)

// MaxOperationBytes is the memory that one operation may hold.
const MaxOperationBytes = 32 << 20

const (
	// smallPart of a Memory is the most that an operation takes without being large.
	smallPart = 64
	// growth is by how much a Share grows at once, in bytes.
	growth = 1 << 20
	// maxWaiting is how many operations wait for memory, small and large ones each.
	maxWaiting = 256
)

// Memory bounds the bytes that all running operations hold together. Each takes a Share before it runs, as large as it is
// expected to need. It is safe for concurrent use.
//
// Large operations get three quarters at most. They wait for each other, and networks of clients take turns; the others
// hardly ever wait.
type Memory struct {
	capacity int64
	forLarge int64
	most     int64 // that an operation takes without being large
	wait     time.Duration

	mu           sync.Mutex
	used         int64
	usedByLarge  int64
	small, large roundRobin
	refused      uint64
}

// NewMemory makes a Memory of so many bytes, for which an operation waits that long at most. capacity must be positive.
func NewMemory(capacity int64, wait time.Duration) *Memory {
	return &Memory{capacity: capacity, forLarge: capacity * 3 / 4, most: capacity / smallPart, wait: wait}
}

// Beside makes another Memory, a quarter as large, for operations that hold what they take for seconds without needing it:
// so many at once at most. As many small ones fit into what large ones leave.
func (m *Memory) Beside(operations int) *Memory {
	beside := NewMemory(m.capacity/4, m.wait)
	beside.most = (beside.capacity - beside.forLarge) / int64(operations)
	return beside
}

// IsLarge reports whether an operation that takes so many bytes is a large one.
func (m *Memory) IsLarge(bytes int) bool { return int64(bytes) > m.most }

// Share is what one operation holds. It is safe for concurrent use, but for Release.
type Share struct {
	of    *Memory
	large bool

	mu       sync.Mutex
	granted  int64
	held     int64
	released bool
}

// Take waits for a share of so many bytes for an operation of a network, which Release gives back. A share is never larger
// than what large operations have together. The error is OVERLOADED where the wait was in vain or too many wait, and ctx's
// where ctx ended first.
func (m *Memory) Take(ctx context.Context, network netip.Addr, bytes int) (*Share, error) {
	share := &Share{of: m, granted: min(int64(bytes), m.forLarge), large: m.IsLarge(bytes)}
	m.mu.Lock()
	waiting := m.waiting(share)
	if waiting.len == 0 && m.fits(share, share.granted) {
		m.add(share, share.granted)
		m.mu.Unlock()
		return share, nil
	}
	w := newTurn(network, share)
	if waiting.len < maxWaiting || waiting.makeRoom(network) {
		waiting.push(w)
	}
	m.mu.Unlock()

	// One that has no place in the queue, or loses it, is refused as late as the others: to refuse it costs as much as to
	// answer a small one, and clients that are refused at once ask again at once.
	inVain := time.NewTimer(m.wait)
	defer inVain.Stop()
	var err error
	select {
	case <-w.turn:
		return share, nil
	case <-inVain.C:
		err = overloaded()
	case <-ctx.Done():
		err = ctx.Err()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	select {
	case <-w.turn: // it came at the same moment
		if ctx.Err() == nil {
			return share, nil
		}
		m.remove(share, share.granted)
		return nil, ctx.Err()
	default:
	}
	waiting.remove(w)
	if ctx.Err() == nil {
		m.refused++
	}
	m.admit() // the one behind it may need less
	return nil, err
}

// waiting returns the queue of a share.
func (m *Memory) waiting(s *Share) *roundRobin {
	if s.large {
		return &m.large
	}
	return &m.small
}

// fits reports whether a share may have so many bytes more. The caller holds m.mu.
func (m *Memory) fits(s *Share, bytes int64) bool {
	return m.used+bytes <= m.capacity && (!s.large || m.usedByLarge+bytes <= m.forLarge)
}

func (m *Memory) add(s *Share, bytes int64) {
	m.used += bytes
	if s.large {
		m.usedByLarge += bytes
	}
}

// remove takes bytes of a share back, and gives them to the operations that wait. The caller holds m.mu.
func (m *Memory) remove(s *Share, bytes int64) {
	m.add(s, -bytes)
	m.admit()
}

// admit gives what is free to the operations that wait, the small ones first. The caller holds m.mu.
func (m *Memory) admit() {
	for _, waiting := range []*roundRobin{&m.small, &m.large} {
		for next := waiting.next(); next != nil && m.fits(next.share, next.share.granted); next = waiting.next() {
			m.add(next.share, next.share.granted)
			waiting.remove(next)
			waiting.rotate(next.network)
			close(next.turn)
		}
	}
}

// Hold counts bytes that the operation holds from now on, of the rows that it reads. Half of the share is for them, the
// other half for what is made of them. The share grows where they need more, and does not wait for that. The error is
// QUERY_TOO_COMPLEX where the operation holds more than one may, OVERLOADED where there is no more memory, and CANCELED once
// the share was given back: a lookup may end later than its operation, which has left at the end of its time.
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

// Release gives the share back, once.
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

// MemoryLoad is what a Memory has to do.
type MemoryLoad struct {
	Capacity, Used int64 // in bytes, now
	Waiting        int   // operations, now
	Refused        uint64
}

// Load returns what the Memory has to do.
func (m *Memory) Load() MemoryLoad {
	m.mu.Lock()
	defer m.mu.Unlock()
	return MemoryLoad{Capacity: m.capacity, Used: m.used, Waiting: m.small.len + m.large.len, Refused: m.refused}
}
