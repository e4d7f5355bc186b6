package limit

import (
	"fmt"
	"math"
	"net/netip"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"followgraph/internal/apperr"
	"followgraph/internal/wording"
)

// MaxPoints bounds BudgetLimits: an hour has as many steps of 36 µs.
const MaxPoints = 100_000_000

// BudgetLimits are points in an hour, 0 to MaxPoints; 0 bounds nothing.
type BudgetLimits struct {
	User    int // of each caller who is signed in
	Network int // of all callers of one network together who are signed in
	Address int // of all callers of one network together who are not
}

// siteBudgets is how many networks' budgets an IPv6 site has (Site).
const siteBudgets = 16

// Caller is who is charged: the user where there is one, and the network and site of the address.
type Caller struct {
	User    string
	Address netip.Addr // those that are not valid have one budget together
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

// The bounds of who is remembered, about 150 bytes each.
const (
	maxCallers = 100_000 // users, and networks of callers who are not signed in
	maxOthers  = 25_000  // networks of users, and sites of either
)

// Budgets are the budgets of all callers. A budget is a bucket that fills up steadily, a whole hour's points in an hour,
// and is full at first: who was quiet for an hour may spend all of it at once.
//
// A signed-in caller spends from two budgets: its own, and that of all signed-in callers of its network. So a person
// with many accounts has no more than the network's. A caller who is not signed in spends from the network's other one.
// An IPv6 caller spends from its site's besides, which is that of 16 networks.
//
// The caller not heard of for the longest is forgotten where there are too many: to be forgotten early takes as many
// others, each of whom has a budget of its own. Users are not forgotten for addresses. Each instance of the program
// counts for itself, and a restart forgets.
type Budgets struct {
	now   func() time.Time
	start time.Time

	mu        sync.Mutex
	users     table[string]
	networks  table[netip.Addr] // of users
	sites     table[netip.Addr]
	addresses table[netip.Addr] // of callers who are not signed in
	places    table[netip.Addr] // their sites
}

// NewBudgets makes budgets that tell the time with now.
func NewBudgets(limits BudgetLimits, now func() time.Time) *Budgets {
	return &Budgets{
		now: now, start: now(),
		users:     newTable[string]("caller", limits.User, maxCallers),
		networks:  newTable[netip.Addr]("network", limits.Network, maxOthers),
		sites:     newTable[netip.Addr]("network", min(limits.Network*siteBudgets, MaxPoints), maxOthers),
		addresses: newTable[netip.Addr]("caller", limits.Address, maxCallers),
		places:    newTable[netip.Addr]("network", min(limits.Address*siteBudgets, MaxPoints), maxOthers),
	}
}

// Spend takes an operation's cost out of all budgets of its caller, or of none. The charge is that of the budget with the
// fewest points left, the caller's own among equals; nil where nothing bounds the caller.
//
// An error is RATE_LIMITED and tells when the budgets allow the operation, or QUERY_TOO_COMPLEX for one that costs more
// than a budget of an hour. Then nothing was spent; the charge tells what there is.
func (b *Budgets) Spend(caller Caller, nodes int) (*Charge, error) {
	cost := Cost(nodes)
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now().Sub(b.start)
	accounts := b.accounts(caller)
	if len(accounts) == 0 {
		return nil, nil
	}
	tightest, wait := tightest(accounts, cost, now)
	fits := wait <= 0 && cost <= tightest.limit
	if fits {
		for i := range accounts {
			accounts[i].spend(cost, now)
		}
	}
	left := tightest.charge(now)
	left.Cost, left.NodeCount, left.ResetAt = cost, nodes, b.start.Add(max(*tightest.full, now)).UTC()
	switch {
	case fits:
		return left, nil
	case cost > tightest.limit:
		return left, apperr.New(apperr.QueryTooComplex,
			"the operation costs %s; the limit is %d points per hour for this %s: request smaller pages or fewer fields", wording.Count(cost, "point"), tightest.limit, tightest.whose)
	default:
		wait = time.Duration(math.Ceil(wait.Seconds())) * time.Second
		return left, apperr.Limited(wait, "the operation costs %s, but this %s has only %d of %d points left: try again in %s",
			wording.Count(cost, "point"), tightest.whose, left.Remaining, tightest.limit, wording.Duration(wait))
	}
}

// tightest returns the budget that no wait helps, where there is one, else the one with the fewest points left; and how
// long it takes until all have enough.
func tightest(accounts []account, cost int, now time.Duration) (found *account, wait time.Duration) {
	for i := range accounts {
		a := &accounts[i]
		if cost > a.limit {
			return a, 0
		}
		wait = max(wait, a.wait(cost, now))
		if found == nil || a.left(now) < found.left(now) {
			found = a
		}
	}
	return found, wait
}

// accounts are the budgets that bound a caller.
func (b *Budgets) accounts(caller Caller) []account {
	accounts := make([]account, 0, 3)
	own, place, site := Network(caller.Address), &b.networks, &b.sites
	if caller.User != "" {
		accounts = b.users.open(accounts, caller.User)
	} else {
		place, site = &b.addresses, &b.places
	}
	accounts = place.open(accounts, own)
	if own.Is6() {
		accounts = site.open(accounts, Site(caller.Address))
	}
	return accounts
}

// NodesPerPoint is how many objects an operation may be able to return for a point.
const NodesPerPoint = 100

// Cost is what an operation costs that can return so many objects: a point for each hundred begun, and one at least.
func Cost(nodes int) int {
	return max(1, (nodes+NodesPerPoint-1)/NodesPerPoint)
}

// table has the budgets of callers with the same limit.
type table[K comparable] struct {
	bound
	known *simplelru.LRU[K, *time.Duration]
}

// bound is a limit, in points of an hour.
type bound struct {
	whose string
	limit int
	step  time.Duration // in which a point comes back
}

// account is one budget. What is kept of it is the moment, in time since the start, at which its bucket is full; a point
// moves it by one step (the generic cell rate algorithm).
type account struct {
	*bound
	full *time.Duration
}

func newTable[K comparable](whose string, limit, size int) table[K] {
	if limit < 0 || limit > MaxPoints {
		panic(fmt.Errorf("a budget has 0 to %d points, not %d", MaxPoints, limit))
	}
	known, err := simplelru.NewLRU[K, *time.Duration](size, nil)
	if err != nil {
		panic(err) // for a size that is not positive only
	}
	return table[K]{bound: bound{whose: whose, limit: limit, step: time.Hour / time.Duration(max(limit, 1))}, known: known}
}

// open adds the budget of a caller to accounts, unless it has no bound.
func (t *table[K]) open(accounts []account, caller K) []account {
	if t.limit == 0 {
		return accounts
	}
	full, ok := t.known.Get(caller)
	if !ok {
		full = new(time.Duration)
		t.known.Add(caller, full)
	}
	return append(accounts, account{&t.bound, full})
}

// wait is how long it takes until the bucket has enough, at most 0 where it has.
func (a *account) wait(cost int, now time.Duration) time.Duration {
	return max(*a.full, now) + time.Duration(cost)*a.step - now - time.Duration(a.limit)*a.step
}

func (a *account) spend(cost int, now time.Duration) {
	*a.full = max(*a.full, now) + time.Duration(cost)*a.step
}

// left is how many points there are. A point of which a part is there again is still used.
func (a *account) left(now time.Duration) int {
	return a.limit - int((max(*a.full, now)-now+a.step-1)/a.step)
}

func (a *account) charge(now time.Duration) *Charge {
	left := a.left(now)
	return &Charge{Limit: a.limit, Used: a.limit - left, Remaining: left}
}
