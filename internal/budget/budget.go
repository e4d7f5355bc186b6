// Package budget keeps what each caller may still spend in an hour, in points.
package budget

import (
	"fmt"
	"math"
	"net/netip"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"followgraph/internal/apperr"
)

// MaxPoints bounds Limits: an hour has as many steps of 36 µs.
const MaxPoints = 100_000_000

// Limits are points in an hour, 0 to MaxPoints; 0 bounds nothing.
type Limits struct {
	User    int // of each caller who is signed in
	Address int // of each network, for callers who are not
}

// Caller is whose budget something is charged to: the user where there is one, else the network.
type Caller struct {
	User    string
	Network netip.Addr // an IPv4 address, or the first of an IPv6 /64; those that are not valid have one budget together
}

// Charge is what an operation cost and what it left. Everything is in points but the number of nodes.
type Charge struct {
	Cost      int
	Limit     int // in an hour
	Remaining int
	Used      int
	ResetAt   time.Time // when the budget is whole again, if nothing more is spent
	NodeCount int       // objects that the operation can return
}

// maxCallers bounds who is remembered, users and networks by themselves: about 15 MB each.
const maxCallers = 100_000

// Budgets are the budgets of all callers. A budget is a bucket that fills up steadily, a whole hour's points in an hour,
// and is full at first: who was quiet for an hour may spend all of it at once.
//
// Whoever has not been heard of the longest is forgotten where there are too many: to be forgotten early takes 100,000
// others, each of whom has a budget of its own. Users are not forgotten for addresses. Each instance of the program
// counts for itself, and a restart forgets.
type Budgets struct {
	now   func() time.Time
	start time.Time

	mu        sync.Mutex
	users     table
	addresses table
}

// New makes budgets that tell the time with now.
func New(limits Limits, now func() time.Time) *Budgets {
	return &Budgets{now: now, start: now(), users: newTable(limits.User), addresses: newTable(limits.Address)}
}

// Spend takes an operation's cost out of its caller's budget. The charge is nil where nothing bounds the caller.
//
// An error is RATE_LIMITED and tells when the budget allows the operation, or QUERY_TOO_COMPLEX for one that costs more
// than the budget of an hour. Then nothing was spent; the charge tells what there is.
func (b *Budgets) Spend(caller Caller, nodes int) (*Charge, error) {
	of := &b.addresses
	if caller.User != "" {
		of, caller.Network = &b.users, netip.Addr{}
	}
	if of.limit == 0 {
		return nil, nil
	}
	cost := Cost(nodes)
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now().Sub(b.start)
	full, wait := of.spend(caller, cost, now)
	left := of.charge(full, now)
	left.Cost, left.NodeCount, left.ResetAt = cost, nodes, b.start.Add(full).UTC()
	switch {
	case cost > of.limit:
		return left, apperr.New(apperr.QueryTooComplex,
			"the operation costs %d points, more than the %d that its caller has in an hour", cost, of.limit)
	case wait > 0:
		wait = time.Duration(math.Ceil(wait.Seconds())) * time.Second
		return left, apperr.Limited(wait, "the operation costs %d points, and %d of %d are left in this hour: try again in %v",
			cost, left.Remaining, of.limit, wait)
	}
	return left, nil
}

// NodesPerPoint is how many objects an operation may be able to return for a point.
const NodesPerPoint = 100

// Cost is what an operation costs that can return so many objects: a point for each hundred begun, and one at least.
func Cost(nodes int) int {
	return max(1, (nodes+NodesPerPoint-1)/NodesPerPoint)
}

// table has the budgets of callers with the same limit. What is kept of one is the moment, in time since the start, at
// which its bucket is full; a point moves it by one step (the generic cell rate algorithm).
type table struct {
	limit int
	step  time.Duration
	known *simplelru.LRU[Caller, *time.Duration]
}

func newTable(limit int) table {
	if limit < 0 || limit > MaxPoints {
		panic(fmt.Errorf("a budget has 0 to %d points, not %d", MaxPoints, limit))
	}
	known, err := simplelru.NewLRU[Caller, *time.Duration](maxCallers, nil)
	if err != nil {
		panic(err) // for a size that is not positive only
	}
	return table{limit: limit, step: time.Hour / time.Duration(max(limit, 1)), known: known}
}

// spend moves the moment at which the caller's bucket is full, unless the bucket has not enough: then it tells how long
// it takes until it has.
func (t *table) spend(caller Caller, cost int, now time.Duration) (full, wait time.Duration) {
	known, ok := t.known.Get(caller)
	if !ok {
		known = new(time.Duration)
	}
	full = max(*known, now)
	after := full + time.Duration(cost)*t.step
	if wait = after - now - time.Duration(t.limit)*t.step; wait > 0 {
		return full, wait
	}
	*known = after
	if !ok {
		t.known.Add(caller, known)
	}
	return after, 0
}

// charge tells what a bucket has that is full at a moment. A point of which a part is there again is still used.
func (t *table) charge(full, now time.Duration) *Charge {
	used := int((full - now + t.step - 1) / t.step)
	return &Charge{Limit: t.limit, Used: used, Remaining: t.limit - used}
}
