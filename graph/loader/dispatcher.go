package loader

import (
	"context"
	"sync"
	"time"
)

// overdue is how long batches wait for lookups that were announced and do not come, as when gqlgen refuses a field's
// arguments before its resolver is called. Nothing else ever waits for a timer.
const overdue = 50 * time.Millisecond

// dispatcher decides when the batches of one operation are complete. A query is answered in waves: one is sent when
// every lookup that can join it has. That is known and not guessed: whoever hands out users announces how many
// lookups the query asks of them, so `expected` counts the lookups that are still to come, and is 0 when the
// wave is complete. The number of statements therefore depends on the query's shape alone, however many
// goroutines the executor starts, in whatever order and on however busy a machine.
//
// All relations share the dispatcher, so that a level that asks for several of them is one wave.
type dispatcher struct {
	ctx context.Context // the operation's

	mu       sync.Mutex
	expected int      // lookups announced, and not yet waiting in a batch nor settled
	fetching int      // batches of the wave that is under way
	waiting  []func() // what sends the batches of the next wave
	arrivals int      // lookups that ever waited
	watched  bool     // whether a timer looks after the next wave
}

// expect announces n lookups.
func (d *dispatcher) expect(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.expected += n
}

// settle ends n announced lookups: they were answered or refused, and have announced those that follow from them.
func (d *dispatcher) settle(n int) {
	d.mu.Lock()
	d.expected = max(0, d.expected-n)
	d.sendIfComplete()
}

// wait moves n announced lookups into a batch; send is given with the first ones of a batch.
func (d *dispatcher) wait(n int, send func()) {
	d.mu.Lock()
	d.arrivals += n
	d.expected = max(0, d.expected-n)
	if send != nil {
		d.waiting = append(d.waiting, send)
	}
	if d.expected > 0 && !d.watched {
		d.watched = true
		d.watch(d.arrivals)
	}
	d.sendIfComplete()
}

// fetched ends a batch: its lookups go on, and count as expected until they settle.
func (d *dispatcher) fetched(lookups int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fetching--
	d.expected += lookups
}

// sendIfComplete sends the next wave if nothing that can join it is still to come. It unlocks d.mu.
func (d *dispatcher) sendIfComplete() {
	if d.expected > 0 {
		d.mu.Unlock()
		return
	}
	d.send()
}

// send sends the next wave, unless one is under way or the operation has ended. It unlocks d.mu.
func (d *dispatcher) send() {
	if d.fetching > 0 || d.ctx.Err() != nil {
		d.mu.Unlock()
		return
	}
	wave := d.waiting
	d.waiting = nil
	d.fetching = len(wave)
	d.mu.Unlock()
	for _, send := range wave {
		send()
	}
}

// watch sends a wave that is overdue: nothing arrived since it was looked at last.
func (d *dispatcher) watch(seen int) {
	time.AfterFunc(overdue, func() {
		d.mu.Lock()
		switch {
		case d.ctx.Err() != nil || len(d.waiting) == 0:
			d.watched = false
			d.mu.Unlock()
		case d.arrivals > seen || d.fetching > 0:
			d.watch(d.arrivals)
			d.mu.Unlock()
		default:
			d.expected = 0 // what has not come by now will not come
			d.watched = false
			d.send()
		}
	})
}
