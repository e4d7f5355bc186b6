package limit

import (
	"cmp"
	"context"
	"hash/maphash"
	"net/netip"
	"slices"
	"sync"
	"time"

	"followgraph/internal/apperr"
)

// Turns lets a few callers work at once and has others wait. Known callers go first, as far as their network has preferences
// left: whoever has an account could otherwise sign in over and over, and keep out everybody who is not known. Then the next
// turn goes to the network that had the fewest turns lately (least attained service), so that the callers of one network, or
// of many that keep asking, do not hold up a network that seldom asks.
//
// What a network had is its debt: debtOfTurn for each turn, paid off as time passes, and forgiven where the turn was of
// use (Forgive). An IPv6 network has the debt of its site on top. Among networks with the same debt the oldest waiter
// is next; once that one has waited for longer than newestAfter, the newest is: then there is more work than can be
// done, and in order everybody would wait as long as they may.
type Turns struct {
	atOnce, queue int
	now           func() time.Time
	start         time.Time
	seed          maphash.Seed

	mu      sync.Mutex
	working int
	waiting []*waiter // the oldest first
	debts   sketch
	prefers sketch // what known callers of a network had
	refused int64
}

// preferences are how many known callers of a network go before strangers. A site has those of siteAttempts networks.
var preferences = Rate{AtOnce: 5, Every: time.Minute}

const (
	// debtOfTurn is how long it takes until a turn is forgotten. With 4 turns a second, which is one processor at the
	// default cost, 1,200 networks have to keep asking until the debts of all are paid as fast as they grow.
	debtOfTurn = 5 * time.Minute
	// newestAfter is when the newest waiter goes before the oldest.
	newestAfter = time.Second
	// patience is how long a caller waits at most. It is shorter than an operation may take, so that the answer says why.
	patience = 8 * time.Second
	// retryBusy is when a caller may come back who waited in vain: some of the work is done by then.
	retryBusy = 2 * time.Second
)

// waiter is a caller that waits for its turn.
type waiter struct {
	from  Payer
	since time.Time
	end   chan bool // receives whether it is its turn, once
}

// Payer is who has a turn, with the keys of its debts.
type Payer struct {
	known   bool
	network uint64
	site    uint64 // 0 where it is the network itself
}

// NewTurns makes a Turns that reads the time from now.
func NewTurns(atOnce, queue int, now func() time.Time) *Turns {
	return &Turns{
		atOnce: atOnce, queue: queue, now: now, start: now(), seed: maphash.MakeSeed(),
		debts: newSketch(), prefers: newSketch(),
	}
}

// Take waits for a turn, which Done ends. Its error is RATE_LIMITED where too many with no more debt wait already or the
// wait was too long, and ctx's where ctx ended first.
func (t *Turns) Take(ctx context.Context, address netip.Addr, known bool) (Payer, error) {
	if err := ctx.Err(); err != nil {
		return Payer{}, err
	}
	from := t.payer(address, known)
	t.mu.Lock()
	if t.working < t.atOnce {
		t.begin(from)
		t.mu.Unlock()
		return from, nil
	}
	from.known = from.known && t.prefer(from)
	mine := t.join(from)
	t.mu.Unlock()
	if mine == nil {
		return Payer{}, errBusy()
	}

	enough := time.NewTimer(patience)
	defer enough.Stop()
	var err error
	select {
	case turn := <-mine.end:
		return from, busyUnless(turn)
	case <-enough.C:
		err = errBusy()
	case <-ctx.Done():
		err = ctx.Err()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case turn := <-mine.end: // it came at the same moment
		if turn && ctx.Err() != nil {
			t.end()
			return Payer{}, ctx.Err()
		}
		return from, busyUnless(turn)
	default:
	}
	t.leave(mine)
	if ctx.Err() == nil {
		t.refused++
	}
	return Payer{}, err
}

// Done ends a turn.
func (t *Turns) Done() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end()
}

// Forgive takes back the debt of a turn.
func (t *Turns) Forgive(from Payer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.debts.giveBack(from.network, debtOfTurn)
	if from.site != 0 {
		t.debts.giveBack(from.site, debtOfTurn/siteAttempts)
	}
}

// Load tells how many work, how many wait and how many were ever refused.
func (t *Turns) Load() (working, waiting int, refused int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.working, len(t.waiting), t.refused
}

func errBusy() error {
	return apperr.Limited(retryBusy, "too many people are signing in: try again in a few seconds")
}

func busyUnless(turn bool) error {
	if turn {
		return nil
	}
	return errBusy()
}

func (t *Turns) payer(address netip.Addr, known bool) Payer {
	of := Network(address)
	from := Payer{known: known, network: maphash.Comparable(t.seed, place{address: of})}
	if of.Is6() {
		from.site = max(1, maphash.Comparable(t.seed, place{site: true, address: Site(address)}))
	}
	return from
}

// place is what a key stands for.
type place struct {
	site    bool
	address netip.Addr
}

// begin makes it a caller's turn. The lock is held, here and below.
func (t *Turns) begin(from Payer) {
	t.working++
	now := t.now().Sub(t.start)
	t.debts.add(from.network, now, debtOfTurn)
	if from.site != 0 {
		t.debts.add(from.site, now, debtOfTurn/siteAttempts)
	}
}

// prefer counts a preference of a known caller that is about to wait. It reports whether one was left.
func (t *Turns) prefer(from Payer) bool {
	charges := []charge{{&t.prefers, from.network, preferences}}
	if from.site != 0 {
		charges = append(charges, charge{&t.prefers, from.site, preferences.times(siteAttempts)})
	}
	now := t.now().Sub(t.start)
	if waits(charges, now) > 0 {
		return false
	}
	add(charges, now)
	return true
}

// end makes it the next one's turn.
func (t *Turns) end() {
	t.working--
	next := t.next()
	if next == nil {
		return
	}
	t.leave(next)
	t.begin(next.from)
	next.end <- true
}

func (t *Turns) next() *waiter {
	if len(t.waiting) == 0 {
		return nil
	}
	newestFirst := t.now().Sub(t.waiting[0].since) > newestAfter
	var next *waiter
	var least time.Duration
	for _, w := range t.waiting {
		debt := t.debt(w.from)
		order := -1
		if next != nil {
			order = compare(w.from.known, debt, next.from.known, least)
		}
		if order < 0 || order == 0 && newestFirst {
			next, least = w, debt
		}
	}
	return next
}

// compare is negative where one with debt a goes before one with debt b.
func compare(aKnown bool, a time.Duration, bKnown bool, b time.Duration) int {
	switch {
	case aKnown == bKnown:
		return cmp.Compare(a, b)
	case aKnown:
		return -1
	default:
		return 1
	}
}

// debt is 0 at least.
func (t *Turns) debt(from Payer) time.Duration {
	now := t.now().Sub(t.start)
	debt := max(0, t.debts.lowest(from.network)-now)
	if from.site != 0 {
		debt += max(0, t.debts.lowest(from.site)-now)
	}
	return debt
}

// join adds a waiter. Where too many wait, the newest of the network that will have the most debt once all of its callers
// had their turns makes room, unless that is the one that comes: then join returns nil.
func (t *Turns) join(from Payer) *waiter {
	mine := &waiter{from: from, since: t.now(), end: make(chan bool, 1)}
	t.waiting = append(t.waiting, mine)
	if len(t.waiting) <= t.queue {
		return mine
	}
	last, most := t.waiting[0], time.Duration(-1)
	ahead := make(map[Payer]time.Duration, len(t.waiting))
	for _, w := range t.waiting {
		if _, counted := ahead[w.from]; !counted {
			ahead[w.from] = t.debt(w.from)
		}
		if compare(w.from.known, ahead[w.from], last.from.known, most) >= 0 {
			last, most = w, ahead[w.from]
		}
		ahead[w.from] += debtOfTurn
	}
	t.refused++
	t.leave(last)
	if last == mine {
		return nil
	}
	last.end <- false
	return mine
}

func (t *Turns) leave(w *waiter) {
	t.waiting = slices.DeleteFunc(t.waiting, func(each *waiter) bool { return each == w })
}
