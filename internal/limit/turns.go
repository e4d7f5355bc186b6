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

// Turns lets a few callers work at once, such as hash passwords, and lets others wait. It is safe for concurrent use.
//
// Known callers go first while their network has preferences left: without that bound, one account could sign in
// repeatedly and keep out all unknown callers. Then the next turn goes to the network that had the fewest turns lately
// (least attained service). So the callers of one network, or of many networks that ask continuously, do not delay a
// network that asks rarely.
//
// The debt of a network measures its turns: each turn adds debtOfTurn, which decays over time and is forgiven if the
// turn was useful (Forgive). An IPv6 network also has the debt of its site. Among networks with the same debt, the
// oldest waiter goes first. Once that one has waited longer than newestAfter, the newest goes first: the server is
// overloaded then, and with FIFO every caller would wait almost the full timeout.
type Turns struct {
	atOnce, length int // callers that work, and that wait
	now            func() time.Time
	start          time.Time
	seed           maphash.Seed

	mu          sync.Mutex
	working     int
	waiting     []*turnWaiter // the oldest first
	debts       sketch
	preferences sketch // that known callers of a network have used
	refused     uint64
}

// preference limits how many known callers of a network go before unknown ones. A site has siteAttempts times as many.
var preference = Rate{AtOnce: 5, Every: time.Minute}

const (
	// debtOfTurn is how long a turn counts. With 4 turns per second, which is one processor at the default cost, it
	// takes 1,200 networks that ask continuously until debts decay as fast as they grow.
	debtOfTurn = 5 * time.Minute
	// newestAfter is the wait after which the newest waiter goes before the oldest.
	newestAfter = time.Second
	// patience is the longest wait of a caller. It is shorter than the timeout of an operation, so that the error
	// states the reason.
	patience = 8 * time.Second
	// retryBusy is when a refused caller may retry: some of the work is done by then.
	retryBusy = 2 * time.Second
)

var (
	networkDebt = Rate{Every: debtOfTurn}
	siteDebt    = Rate{Every: debtOfTurn / siteAttempts}
)

// turnWaiter is a caller that waits for its turn.
type turnWaiter struct {
	payer  Payer
	since  time.Time
	ticket ticket
}

// Payer identifies the network that pays for a turn, with the keys of its debts.
type Payer struct {
	known   bool
	network uint64
	site    uint64 // 0 if the site is the network
}

// NewTurns returns a Turns for atOnce callers that work and length callers that wait. It reads the time from now.
func NewTurns(atOnce, length int, now func() time.Time) *Turns {
	return &Turns{
		atOnce: atOnce, length: length, now: now, start: now(), seed: maphash.MakeSeed(),
		debts: newSketch(), preferences: newSketch(),
	}
}

// Take waits for a turn. Done ends it. known states whether the caller's network has signed in to the account before.
// The error is RATE_LIMITED if the wait is too long, or if too many callers of networks with no more debt wait. It is
// ctx's error if ctx ends first.
func (t *Turns) Take(ctx context.Context, address netip.Addr, known bool) (Payer, error) {
	if err := ctx.Err(); err != nil {
		return Payer{}, err
	}
	payer := t.payer(address, known)
	t.mu.Lock()
	if t.working < t.atOnce {
		t.begin(payer)
		t.mu.Unlock()
		return payer, nil
	}
	payer.known = payer.known && t.prefer(payer)
	own := t.join(payer)
	t.mu.Unlock()
	err := own.ticket.await(ctx, ticketQueue{
		lock: &t.mu, patience: patience, late: errBusy(), refusals: &t.refused,
		abandon: func() { t.leave(own) },
		giveUp:  t.end,
	})
	if err != nil {
		return Payer{}, err
	}
	return payer, nil
}

// Done ends a turn.
func (t *Turns) Done() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end()
}

// Forgive removes the debt of a turn.
func (t *Turns) Forgive(payer Payer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	refund(t.debtCharges(payer))
}

// Load returns how many callers work and wait now, and how many were refused since the start.
func (t *Turns) Load() (working, waiting int, refused uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.working, len(t.waiting), t.refused
}

func errBusy() error {
	return apperr.Limited(retryBusy, "too many people are signing in: try again in a few seconds")
}

func (t *Turns) payer(address netip.Addr, known bool) Payer {
	type key struct {
		site    bool
		address netip.Addr
	}
	network := Network(address)
	payer := Payer{known: known, network: maphash.Comparable(t.seed, key{address: network})}
	if network.Is6() {
		payer.site = max(1, maphash.Comparable(t.seed, key{site: true, address: Site(address)}))
	}
	return payer
}

// charges returns a charge to the network of a payer, and another to its site if that differs.
func (p Payer) charges(of *sketch, network, site Rate) []charge {
	charges := []charge{{of: of, key: p.network, rate: network}}
	if p.site != 0 {
		charges = append(charges, charge{of: of, key: p.site, rate: site})
	}
	return charges
}

func (t *Turns) debtCharges(payer Payer) []charge {
	return payer.charges(&t.debts, networkDebt, siteDebt)
}

// begin starts a turn. Here and below the lock is held.
func (t *Turns) begin(payer Payer) {
	t.working++
	add(t.debtCharges(payer), t.now().Sub(t.start))
}

// prefer uses a preference of a known caller that is about to wait. It reports whether one was left.
func (t *Turns) prefer(payer Payer) bool {
	charges := payer.charges(&t.preferences, preference, preference.times(siteAttempts))
	now := t.now().Sub(t.start)
	if longestWait(charges, now) > 0 {
		return false
	}
	add(charges, now)
	return true
}

// end ends a turn and starts the next one.
func (t *Turns) end() {
	t.working--
	next := t.next()
	if next == nil {
		return
	}
	t.leave(next)
	t.begin(next.payer)
	next.ticket <- nil
}

func (t *Turns) next() *turnWaiter {
	if len(t.waiting) == 0 {
		return nil
	}
	newestFirst := t.now().Sub(t.waiting[0].since) > newestAfter
	var next *turnWaiter
	var least time.Duration
	for _, w := range t.waiting {
		debt := t.debt(w.payer)
		order := -1
		if next != nil {
			order = compare(w.payer.known, debt, next.payer.known, least)
		}
		if order < 0 || order == 0 && newestFirst {
			next, least = w, debt
		}
	}
	return next
}

// compare returns a negative number if a caller with debt a goes before one with debt b.
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

// debt returns the debt of a network and its site, which is never negative.
func (t *Turns) debt(payer Payer) time.Duration {
	now := t.now().Sub(t.start)
	debt := max(0, t.debts.level(payer.network)-now)
	if payer.site != 0 {
		debt += max(0, t.debts.level(payer.site)-now)
	}
	return debt
}

// join adds a waiter. If too many callers wait then, it refuses the newest caller of the network that will have the
// most debt once all its callers had their turns. That may be the new one.
func (t *Turns) join(payer Payer) *turnWaiter {
	own := &turnWaiter{payer: payer, since: t.now(), ticket: newTicket()}
	t.waiting = append(t.waiting, own)
	if len(t.waiting) <= t.length {
		return own
	}
	last, most := t.waiting[0], time.Duration(-1)
	debts := make(map[Payer]time.Duration, len(t.waiting))
	for _, w := range t.waiting {
		if _, ok := debts[w.payer]; !ok {
			debts[w.payer] = t.debt(w.payer)
		}
		if compare(w.payer.known, debts[w.payer], last.payer.known, most) >= 0 {
			last, most = w, debts[w.payer]
		}
		debts[w.payer] += debtOfTurn
	}
	t.refused++
	t.leave(last)
	last.ticket <- errBusy()
	return own
}

func (t *Turns) leave(w *turnWaiter) {
	t.waiting = slices.DeleteFunc(t.waiting, func(each *turnWaiter) bool { return each == w })
}
