package limit

import (
	"context"
	"time"
)

// Mutex is a mutual exclusion lock. A context or a time limit can end the wait for it. A caller that also waits for
// something else can lock it in a select: case mutex <- struct{}{}. Callers get it in the order in which they came.
type Mutex chan struct{} // has an element while it is locked

// NewMutex returns an unlocked Mutex.
func NewMutex() Mutex { return make(Mutex, 1) }

// Lock locks m. If ctx ends first, it returns ctx's error.
func (m Mutex) Lock(ctx context.Context) error {
	select {
	case m <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// LockWithin locks m as Lock does. If it cannot lock m within patience, it returns late.
func (m Mutex) LockWithin(ctx context.Context, patience time.Duration, late error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, late)
	defer cancel()
	if m.Lock(ctx) != nil {
		return context.Cause(ctx)
	}
	return nil
}

// Unlock unlocks m.
func (m Mutex) Unlock() { <-m }
