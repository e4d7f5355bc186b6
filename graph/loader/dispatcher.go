package loader

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"followgraph/internal/observe"
)

// The dispatcher sends an incomplete wave if no lookup joined it for 250 ms: patience periods of length overdue. This is
// a safety net for bugs of this program: announced lookups that do not come. Each use is counted
// (observe.Observer.Overdue), and the first one of an operation is logged. TestNothingWaitsForTheTimer checks that there
// is none. One period is not enough: if a busy machine stopped the process for a while, the timer fires before the
// goroutines run.
const (
	overdue  = 25 * time.Millisecond
	patience = 10
)

// dispatcher decides when the batches of one operation are complete. A query runs in waves. A wave is sent as soon as
// every lookup that can join it has joined. The dispatcher counts instead of guessing: pending is what can still join.
//
//   - The compiled executor reports which calls of resolvers run, with Begin and End. It starts no other call before all
//     of them have returned, so nothing can join once each call waits in a batch or has returned.
//   - gqlgen's executor reports nothing. With it, each lookup that returns users announces the number of lookups that the
//     query makes for these users, before it ends itself. So pending cannot reach 0 in between.
//
// The number of statements therefore depends only on the shape of the query. It does not depend on the number and order
// of the executor's goroutines, or on the load of the machine.
//
// All relations share the dispatcher, so that the lookups of a level in several relations are one wave.
type dispatcher struct {
	ctx      context.Context // the operation's
	observer observe.Observer
	log      *slog.Logger

	// byCalls reports whether pending counts calls. Begin sets it before the first resolver runs, and it does not
	// change later, so resolvers read it without the lock.
	byCalls bool

	mu       sync.Mutex
	pending  int            // running calls, or announced lookups, that do not wait in a batch
	fetching int            // batches of the current wave that are not fetched yet
	waiting  []waitingBatch // the batches of the next wave
	arrivals int            // total of lookups that waited
	watched  bool           // whether a timer watches the next wave
	logged   bool           // whether an overdue wave was logged
	stopped  bool           // see stop
}

// waitingBatch is a batch that waits for its wave. All batches of a complete wave are sealed before the first one is
// sent, so that lookups that follow from the first one do not join another batch of the same wave.
type waitingBatch interface {
	relation() string
	seal()
	send()
}

// begin initializes a zero dispatcher for an operation that announces that many lookups.
func (d *dispatcher) begin(ctx context.Context, log *slog.Logger, lookups int) {
	d.ctx, d.log, d.observer, d.pending = ctx, log, observe.From(ctx), lookups
}

// Begin is called by the executor when that many calls of resolvers start. No other call starts before all of them have
// returned. After the first Begin, announcements are ignored.
func (d *dispatcher) Begin(calls int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.byCalls = true
	d.pending = calls
}

// End is called by the executor when one of the calls has returned. It runs the wave that this completes.
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

// settle ends n announced lookups: they have their result, and have announced the lookups that follow from them. The
// wave that this completes runs in other goroutines, so that the caller can return its result.
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

// weight returns how much n lookups of one call count in pending.
func (d *dispatcher) weight(n int) int {
	if d.byCalls {
		return 1
	}
	return n
}

// wait subtracts weight from pending for a call that joins a batch. batch is the batch if it is new, otherwise nil.
// wait runs the wave that this completes: the last batch in this goroutine, all others in new goroutines.
func (d *dispatcher) wait(weight int, batch waitingBatch) {
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

func run(wave []waitingBatch) {
	if len(wave) == 0 {
		return
	}
	last := len(wave) - 1
	runBeside(wave[:last])
	wave[last].send()
}

func runBeside(wave []waitingBatch) {
	for _, batch := range wave {
		go batch.send()
	}
}

// fetched ends a batch. The lookups that waited in it are pending again until they settle.
func (d *dispatcher) fetched(weight int) {
	d.mu.Lock()
	d.fetching--
	d.pending += weight
	wave := d.complete() // empty, unless lookups came without an announcement or after stop
	d.mu.Unlock()
	runBeside(wave)
}

// errStopped is the error of lookups after stop.
var errStopped = errors.New("the operation was stopped")

// stop sends the waiting batches as soon as no wave is being fetched, and ends all lookups that are not fetched yet with
// errStopped.
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

// complete removes and returns the next wave if nothing can join it anymore, no other wave is being fetched and the
// operation has not ended. The caller holds d.mu, and releases it before it runs the wave.
func (d *dispatcher) complete() (wave []waitingBatch) {
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

// watch starts a timer that sends an overdue wave: nothing arrived in all the periods.
func (d *dispatcher) watch(seen, times int) {
	time.AfterFunc(overdue, func() {
		var wave []waitingBatch
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

// giveUp sets pending to 0: lookups that have not come by now will not come. The caller holds d.mu.
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
