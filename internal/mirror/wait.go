package mirror

import (
	"sync"
	"sync/atomic"
)

// waiters are the operations that wait for a version.
type waiters struct {
	n    atomic.Int32
	mu   sync.Mutex
	list []*waiter
}

type waiter struct {
	lsn   uint64
	ready chan struct{}
}

// add returns a waiter for the version at an LSN. The caller must check afterwards whether there is such a version
// already, and remove the waiter in the end.
func (w *waiters) add(lsn uint64) *waiter {
	one := &waiter{lsn, make(chan struct{})}
	w.mu.Lock()
	w.list = append(w.list, one)
	w.n.Add(1)
	w.mu.Unlock()
	return one
}

func (w *waiters) remove(one *waiter) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, other := range w.list {
		if other == one {
			w.take(i)
			return
		}
	}
}

// wake ends the wait for all LSNs up to a new version's.
func (w *waiters) wake(lsn uint64) {
	if w.n.Load() == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := 0; i < len(w.list); {
		if one := w.list[i]; one.lsn <= lsn {
			close(one.ready)
			w.take(i)
		} else {
			i++
		}
	}
}

// take removes a waiter. The caller holds w.mu.
func (w *waiters) take(i int) {
	last := len(w.list) - 1
	w.list[i], w.list[last] = w.list[last], nil
	w.list = w.list[:last]
	w.n.Add(-1)
}
