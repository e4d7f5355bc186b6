package limit

import (
	"context"
	"sync"
	"time"
)

// ticket is a caller's place in a queue. The queue decides once, under its lock, what becomes of the caller: nil lets
// it go on, an error refuses it.
type ticket chan error

func newTicket() ticket { return make(ticket, 1) }

// ticketQueue is what await has to know of the queue of a ticket.
type ticketQueue struct {
	lock     *sync.Mutex
	patience time.Duration // the longest wait
	late     error         // returned after that
	refusals *uint64       // counts these
	abandon  func()        // removes the caller from the queue; the lock is held
	giveUp   func()        // takes back what was granted to a caller that has left; the lock is held
}

// await waits for the decision of q and returns it. If the caller has to wait for too long, or ctx ends first, it
// abandons the queue and returns late or the error of ctx.
func (t ticket) await(ctx context.Context, q ticketQueue) error {
	timer := time.NewTimer(q.patience)
	defer timer.Stop()
	var err error
	select {
	case decision := <-t:
		return decision
	case <-timer.C:
		err = q.late
	case <-ctx.Done():
		err = ctx.Err()
	}
	q.lock.Lock()
	defer q.lock.Unlock()
	select {
	case decision := <-t: // it came at the same moment
		if decision == nil && ctx.Err() != nil {
			q.giveUp()
			return ctx.Err()
		}
		return decision
	default:
	}
	if ctx.Err() == nil {
		*q.refusals++
	}
	q.abandon()
	return err
}
