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

// MaxPoints is the largest budget: an hour has as many steps of 36 µs.
const MaxPoints = 100_000_000

// BudgetLimits are budgets in points per hour, 0 to MaxPoints. 0 means no limit.
type BudgetLimits struct {
	User    int // of each signed-in caller
	Network int // of all signed-in callers of one network together
	Address int // of all anonymous callers of one network together
}

// siteBudgets is how many times the budget of a network an IPv6 site has.
const siteBudgets = 16

// Caller identifies who is charged: the user if there is one, and the network and site of the address.
type Caller struct {
	User    string
	Address netip.Addr // invalid addresses share one budget
}

// Charge is the cost of an operation, and the state of the budget after it. All fields except NodeCount are in points.
type Charge struct {
	Cost      int
	Limit     int // per hour
	Remaining int
	Used      int
	ResetAt   time.Time // when the budget is full again if nothing more is spent
	NodeCount int       // objects that the operation can return
}

// Limits of the number of budgets, each of which takes about 150 bytes.
const (
	maxCallers = 100_000 // users, and networks of anonymous callers
	maxOthers  = 25_000  // networks of users, and sites of both
)

// Budgets are the budgets of all callers. A budget refills at a steady rate, by its whole size per hour, and is full at
// first: a caller that was idle for an hour may spend all of it at once. Budgets is safe for concurrent use.
//
// A signed-in caller spends from its own budget and from that of all signed-in callers of its network. So a person with
// many accounts has no more than the budget of the network. An anonymous caller spends from a separate budget of the
// network. An IPv6 caller also spends from the budget of its site, which is 16 times that of a network.
//
// If there are too many budgets, the one that was not used for the longest time is evicted. Evicting a budget early
// takes as many other callers, each with a separate budget. Addresses never evict users. Each instance of the program
// counts separately, and a restart forgets all budgets.
type Budgets struct {
	now   func() time.Time
	start time.Time

	mu             sync.Mutex
	users          budgetTable[string]
	userNetworks   budgetTable[netip.Addr]
	userSites      budgetTable[netip.Addr]
	anonymous      budgetTable[netip.Addr] // networks of anonymous callers
	anonymousSites budgetTable[netip.Addr]
}

// NewBudgets returns full budgets. It reads the time from now.
func NewBudgets(limits BudgetLimits, now func() time.Time) *Budgets {
	return &Budgets{
		now: now, start: now(),
		users:          newBudgetTable[string]("caller", limits.User, maxCallers),
		userNetworks:   newBudgetTable[netip.Addr]("network", limits.Network, maxOthers),
		userSites:      newBudgetTable[netip.Addr]("network", min(limits.Network*siteBudgets, MaxPoints), maxOthers),
		anonymous:      newBudgetTable[netip.Addr]("caller", limits.Address, maxCallers),
		anonymousSites: newBudgetTable[netip.Addr]("network", min(limits.Address*siteBudgets, MaxPoints), maxOthers),
	}
}

// Spend spends an operation's cost from all budgets of its caller, or from none. The charge describes the budget with
// the fewest points left, the caller's own among equals. It is nil if the caller has no budget.
//
// The error is RATE_LIMITED with the time until the budgets allow the operation, or QUERY_TOO_COMPLEX if the operation
// costs more than a full budget. Then nothing is spent, and the charge describes the current state.
func (b *Budgets) Spend(caller Caller, nodes int) (*Charge, error) {
	cost := Cost(nodes)
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now().Sub(b.start)
	budgets := b.of(caller)
	if len(budgets) == 0 {
		return nil, nil
	}
	tightest, wait := tightest(budgets, cost, now)
	fits := wait <= 0 && cost <= tightest.rate.AtOnce
	if fits {
		for _, each := range budgets {
			*each.level = each.rate.add(*each.level, now, cost)
		}
	}
	left := tightest.charge(now)
	left.Cost, left.NodeCount, left.ResetAt = cost, nodes, b.start.Add(max(*tightest.level, now)).UTC()
	switch {
	case fits:
		return left, nil
	case cost > tightest.rate.AtOnce:
		return left, apperr.New(apperr.QueryTooComplex,
			"the operation costs %s; the limit is %d points per hour for this %s: request smaller pages or fewer fields", wording.Count(cost, "point"), tightest.rate.AtOnce, tightest.whose)
	default:
		wait = time.Duration(math.Ceil(wait.Seconds())) * time.Second
		return left, apperr.Limited(wait, "the operation costs %s, but this %s has only %d of %d points left: try again in %s",
			wording.Count(cost, "point"), tightest.whose, left.Remaining, tightest.rate.AtOnce, wording.Duration(wait))
	}
}

// SpendSpare is Spend for work that the caller has not just asked for, such as an event of a subscription. It leaves half
// of each budget for other operations. If the other half has too few points left, nothing is spent, and wait is the time
// until it has enough. The error is QUERY_TOO_COMPLEX if the work costs more than half of a full budget.
func (b *Budgets) SpendSpare(caller Caller, nodes int) (wait time.Duration, err error) {
	cost := Cost(nodes)
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now().Sub(b.start)
	budgets := b.of(caller)
	for i := range budgets {
		each := &budgets[i]
		reserve := each.rate.AtOnce / 2
		if cost > each.rate.AtOnce-reserve {
			return 0, apperr.New(apperr.QueryTooComplex,
				"the event costs %s; the limit is half of the %d points per hour for this %s: request smaller pages or fewer fields", wording.Count(cost, "point"), each.rate.AtOnce, each.whose)
		}
		wait = max(wait, each.rate.wait(*each.level, now, cost+reserve))
	}
	if wait > 0 {
		return wait, nil
	}
	for _, each := range budgets {
		*each.level = each.rate.add(*each.level, now, cost)
	}
	return 0, nil
}

// tightest returns the budget that is too small even if it is full, if there is one, or the one with the fewest points
// left. wait is the time until all budgets have enough points.
func tightest(budgets []budget, cost int, now time.Duration) (tightest *budget, wait time.Duration) {
	for i := range budgets {
		each := &budgets[i]
		if cost > each.rate.AtOnce {
			return each, 0
		}
		wait = max(wait, each.rate.wait(*each.level, now, cost))
		if tightest == nil || each.left(now) < tightest.left(now) {
			tightest = each
		}
	}
	return tightest, wait
}

// of returns the budgets that a caller spends from.
func (b *Budgets) of(caller Caller) []budget {
	budgets := make([]budget, 0, 3)
	networks, sites := &b.anonymous, &b.anonymousSites
	if caller.User != "" {
		networks, sites = &b.userNetworks, &b.userSites
		budgets = b.users.open(budgets, caller.User)
	}
	network := Network(caller.Address)
	budgets = networks.open(budgets, network)
	if network.Is6() {
		budgets = sites.open(budgets, Site(caller.Address))
	}
	return budgets
}

// NodesPerPoint is how many objects an operation can return for one point.
const NodesPerPoint = 100

// Cost returns the cost of an operation that can return the given number of objects: one point per 100 objects, rounded
// up, and at least one.
func Cost(nodes int) int {
	return max(1, (nodes+NodesPerPoint-1)/NodesPerPoint)
}

// budgetTable holds the budgets of callers with the same limit.
type budgetTable[K comparable] struct {
	budgetClass
	levels *simplelru.LRU[K, *time.Duration]
}

// budgetClass is the limit of some callers, and their name in errors.
type budgetClass struct {
	whose string
	rate  Rate // AtOnce is 0 for no limit
}

// budget is one budget. Its level is that of a bucket of spent points, see Rate.
type budget struct {
	*budgetClass
	level *time.Duration
}

func newBudgetTable[K comparable](whose string, limit, size int) budgetTable[K] {
	if limit < 0 || limit > MaxPoints {
		panic(fmt.Errorf("a budget has 0 to %d points, not %d", MaxPoints, limit))
	}
	levels, err := simplelru.NewLRU[K, *time.Duration](size, nil)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	rate := Rate{AtOnce: limit, Every: time.Hour / time.Duration(max(limit, 1))}
	return budgetTable[K]{budgetClass{whose, rate}, levels}
}

// open appends the budget of a caller to budgets, unless there is no limit.
func (t *budgetTable[K]) open(budgets []budget, caller K) []budget {
	if t.rate.AtOnce == 0 {
		return budgets
	}
	level, ok := t.levels.Get(caller)
	if !ok {
		level = new(time.Duration)
		t.levels.Add(caller, level)
	}
	return append(budgets, budget{&t.budgetClass, level})
}

// left returns how many points are left. A point that is restored in part still counts as used.
func (b *budget) left(now time.Duration) int { return b.rate.AtOnce - b.rate.used(*b.level, now) }

func (b *budget) charge(now time.Duration) *Charge {
	left := b.left(now)
	return &Charge{Limit: b.rate.AtOnce, Used: b.rate.AtOnce - left, Remaining: left}
}
