package loader

import (
	"context"
	"sync"
	"time"

	"followgraph/internal/observe"
)

// Batches wait that long, and as often, for lookups that were announced and do not come, as when gqlgen refuses a field's
// arguments before its resolver is called. Nothing else ever waits for a timer. Once is not enough: on a busy machine
// a process that was stopped for a while finds its timer due before its goroutines have run.
const (
	overdue  = 25 * time.Millisecond
	patience = 10
)

// dispatcher decides when the batches of one operation are complete. A query is answered in waves: one is sent when
// every lookup that can join it has. That is known and not guessed: whoever hands out users announces how many
// lookups the query asks of them, so `expected` counts the lookups that are still to come, and is 0 when the
// wave is complete. The number of statements therefore depends on the query's shape alone, however many
// goroutines the executor starts, in whatever order and on however busy a machine.
//
// All relations share the dispatcher, so that a level that asks for several of them is one wave.
type dispatcher struct {
	ctx      context.Context // the operation's
	observer observe.Observer

	mu       sync.Mutex
	expected int      // lookups announced, and not yet waiting in a batch nor settled
	fetching int      // batches of the wave that is under way
	waiting  []func() // what sends the batches of the next wave
	arrivals int      // lookups that ever waited
	watched  bool     // whether a timer looks after the next wave
}

// begin makes the zero dispatcher usable, for an operation that has announced so many lookups.
func (d *dispatcher) begin(ctx context.Context, lookups int) {
	d.ctx, d.observer, d.expected = ctx, observe.From(ctx), lookups
}

// expect announces n lookups.
func (d *dispatcher) expect(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.expected += n
}

// settle ends n announced lookups: they were answered or refused, and have announced those that follow from them. A wave
// that this completes runs beside the caller, who has an answer to give and not to wait for others'.
func (d *dispatcher) settle(n int) {
	d.mu.Lock()
	d.expected = max(0, d.expected-n)
	wave := d.complete()
	d.mu.Unlock()
	for _, send := range wave {
		go send()
	}
}

// wait moves n announced lookups into a batch; send is given with the first ones of a batch. A wave that this completes
// is run here, all batches but the last in goroutines.
func (d *dispatcher) wait(n int, send func()) {
	d.mu.Lock()
	d.arrivals += n
	d.expected = max(0, d.expected-n)
	if send != nil {
		d.waiting = append(d.waiting, send)
	}
	if d.expected > 0 && !d.watched {
		d.watched = true
		d.watch(d.arrivals, 1)
	}
	wave := d.complete()
	d.mu.Unlock()
	run(wave)
}

func run(wave []func()) {
	for i, send := range wave {
		if i == len(wave)-1 {
			send()
			return
		}
		go send()
	}
}

// fetched ends a batch: its lookups go on, and count as expected until they settle.
func (d *dispatcher) fetched(lookups int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fetching--
	d.expected += lookups
}

// complete takes the next wave, if nothing that can join it is still to come, none is under way and the operation goes
// on. The caller holds d.mu, and runs the wave without it.
func (d *dispatcher) complete() (wave []func()) {
	if d.expected > 0 || d.fetching > 0 || d.ctx.Err() != nil {
		return nil
	}
	wave = d.waiting
	d.waiting = nil
	d.fetching = len(wave)
	if len(wave) > 0 {
		d.observer.Wave(d.ctx, len(wave))
	}
	return wave
}

// watch sends a wave that is overdue: nothing arrived in all the times that it was looked at.
func (d *dispatcher) watch(seen, times int) {
	time.AfterFunc(overdue, func() {
		var wave []func()
		d.mu.Lock()
		switch {
		case d.ctx.Err() != nil || len(d.waiting) == 0:
			d.watched = false
		case d.arrivals > seen || d.fetching > 0:
			d.watch(d.arrivals, 1)
		case times < patience:
			d.watch(seen, times+1)
		default:
			d.expected = 0 // what has not come by now will not come
			d.watched = false
			wave = d.complete()
		}
		d.mu.Unlock()
		run(wave)
	})
}
