package loader

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"followgraph/internal/observe"
)

// A wave that nothing joined for overdue times patience is sent as it is. This is a safety net for faults of this
// program: the wave waits for lookups that were announced and do not come. Every use is counted and logged, see
// observe.Observer.Overdue, and TestNothingWaitsForTheTimer holds it to none. Once overdue is not enough: on a busy
// machine a process that was stopped for a while finds its timer due before its goroutines have run.
const (
	overdue  = 25 * time.Millisecond
	patience = 10
)

// dispatcher decides when the batches of one operation are complete. A query is answered in waves: one is sent when
// every lookup that can join it has. That is known and not guessed, because pending counts what may still join:
//
//   - The compiled executor tells which calls of resolvers run, by Begin and End. It starts no other call before these
//     have returned, so nothing can join once each of them waits in a batch or has returned.
//   - gqlgen's executor tells nothing. There, each lookup that returns users announces how many lookups the query makes
//     of them before it ends itself, so the number cannot fall to 0 in between.
//
// The number of statements therefore depends on the query's shape alone, however many goroutines the executor starts, in
// whatever order and on however busy a machine.
//
// All relations share the dispatcher, so that a level that asks for several of them is one wave.
type dispatcher struct {
	ctx      context.Context // the operation's
	observer observe.Observer
	log      *slog.Logger

	// byCalls tells that pending counts calls. Begin sets it before the first resolver runs, and nothing sets it later, so
	// that resolvers read it without the lock.
	byCalls bool

	mu       sync.Mutex
	pending  int        // calls that run, or lookups that were announced, and do not wait in a batch
	fetching int        // batches of the wave that is under way
	waiting  []outgoing // the batches of the next wave
	arrivals int        // lookups that ever waited
	watched  bool       // whether a timer looks after the next wave
	logged   bool       // whether the log has that a wave was overdue
	stopped  bool       // whether lookups end with an error
}

// outgoing is a batch that waits for its wave. It is sealed when the wave is complete, and sent as soon as there is a
// processor for it: what the first batch of a wave leads to must not come into a later one of the same wave.
type outgoing interface {
	relation() string
	seal()
	send()
}

// begin makes the zero dispatcher usable, for an operation that has announced so many lookups.
func (d *dispatcher) begin(ctx context.Context, log *slog.Logger, lookups int) {
	d.ctx, d.log, d.observer, d.pending = ctx, log, observe.From(ctx), lookups
}

// Begin is told by the executor that this many calls of resolvers start, and that no other one starts before all of them
// have returned. From the first time on, nothing that is announced counts.
func (d *dispatcher) Begin(calls int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.byCalls = true
	d.pending = calls
}

// End is told by the executor that one of the calls returned. A wave that this completes is run here.
func (d *dispatcher) End() {
	d.mu.Lock()
	d.pending--
	wave := d.complete()
	d.mu.Unlock()
	run(wave)
}

// expect announces n lookups.
func (d *dispatcher) expect(n int) {
	if d.byCalls {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pending += n
}

// settle ends n announced lookups: they were answered or refused, and have announced those that follow from them. A wave
// that this completes runs beside the caller, who has an answer to give and not to wait for others'.
func (d *dispatcher) settle(n int) {
	if d.byCalls {
		return
	}
	d.mu.Lock()
	d.pending -= n
	wave := d.complete()
	d.mu.Unlock()
	runBeside(wave)
}

// weight is how much of pending waits with n lookups of one call.
func (d *dispatcher) weight(n int) int {
	if d.byCalls {
		return 1
	}
	return n
}

// wait moves as much of pending as weight says into a batch, which is given where it is new. A wave that this completes is
// run here, all batches but the last in goroutines.
func (d *dispatcher) wait(weight int, batch outgoing) {
	d.mu.Lock()
	d.arrivals++
	d.pending -= weight
	if batch != nil {
		d.waiting = append(d.waiting, batch)
	}
	wave := d.complete()
	if len(d.waiting) > 0 && !d.watched {
		d.watched = true
		d.watch(d.arrivals, 1)
	}
	d.mu.Unlock()
	run(wave)
}

func run(wave []outgoing) {
	if len(wave) == 0 {
		return
	}
	last := len(wave) - 1
	runBeside(wave[:last])
	wave[last].send()
}

func runBeside(wave []outgoing) {
	for _, batch := range wave {
		go batch.send()
	}
}

// fetched ends a batch: those who waited in it go on, and count as pending again until they settle.
func (d *dispatcher) fetched(weight int) {
	d.mu.Lock()
	d.fetching--
	d.pending += weight
	wave := d.complete() // empty, unless lookups came that nothing had announced
	d.mu.Unlock()
	runBeside(wave)
}

// errStopped is the error of lookups of an operation whose answer is not wanted any more.
var errStopped = errors.New("the operation was stopped")

// stop has nothing wait for anything any more, and nothing be fetched.
func (d *dispatcher) stop() {
	d.mu.Lock()
	d.stopped = true
	wave := d.complete()
	d.mu.Unlock()
	runBeside(wave)
}

func (d *dispatcher) isStopped() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.stopped
}

// complete takes the next wave, if nothing that can join it is still to come, none is under way and the operation goes
// on. The caller holds d.mu, and runs the wave without it.
func (d *dispatcher) complete() (wave []outgoing) {
	if d.pending > 0 && !d.stopped || d.fetching > 0 || d.ctx.Err() != nil {
		return nil
	}
	wave = d.waiting
	d.waiting = nil
	d.fetching = len(wave)
	for _, batch := range wave {
		batch.seal()
	}
	if len(wave) > 0 {
		d.observer.Wave(d.ctx, len(wave))
	}
	return wave
}

// watch sends a wave that is overdue: nothing arrived in all the times that it was looked at.
func (d *dispatcher) watch(seen, times int) {
	time.AfterFunc(overdue, func() {
		var wave []outgoing
		d.mu.Lock()
		switch {
		case d.ctx.Err() != nil || len(d.waiting) == 0:
			d.watched = false
		case d.arrivals > seen || d.fetching > 0:
			d.watch(d.arrivals, 1)
		case times < patience:
			d.watch(seen, times+1)
		default:
			d.watched = false
			d.giveUp()
			wave = d.complete()
		}
		d.mu.Unlock()
		run(wave)
	})
}

// giveUp counts nothing as pending any more: what has not come by now will not come. The caller holds d.mu.
func (d *dispatcher) giveUp() {
	d.observer.Overdue(d.ctx, len(d.waiting))
	if !d.logged {
		d.logged = true
		relations := make([]string, len(d.waiting))
		for i, batch := range d.waiting {
			relations[i] = batch.relation()
		}
		d.log.WarnContext(d.ctx, "a wave of lookups was overdue", "waiting", relations, "missing", d.pending)
	}
	d.pending = 0
}
