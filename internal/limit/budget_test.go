package limit_test

import (
	"fmt"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/limit"
)

// clock is a time that tests set.
type clock struct{ time.Time }

func (c *clock) now() time.Time          { return c.Time }
func (c *clock) advance(d time.Duration) { c.Time = c.Add(d) }

func newClock() *clock { return &clock{time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)} }

var (
	ada  = limit.Caller{User: "id-ada"}
	home = limit.Caller{Address: netip.MustParseAddr("192.0.2.1")}
)

func spend(t *testing.T, b *limit.Budgets, caller limit.Caller, nodes int) limit.Charge {
	t.Helper()
	charge, err := b.Spend(caller, nodes)
	require.NoError(t, err)
	require.NotNil(t, charge)
	return *charge
}

func TestCost(t *testing.T) {
	t.Parallel()
	for nodes, want := range map[int]int{0: 1, 1: 1, 100: 1, 101: 2, 200: 2, 201: 3, 200_000: 2000} {
		require.Equal(t, want, limit.Cost(nodes), "%d nodes", nodes)
	}
}

func TestSpend(t *testing.T) {
	t.Parallel()
	c := newClock()
	noon := c.Time
	b := limit.NewBudgets(limit.BudgetLimits{User: 60, Address: 6}, c.now)
	require.Equal(t, limit.Charge{Cost: 1, Limit: 60, Used: 1, Remaining: 59, ResetAt: noon.Add(time.Minute), NodeCount: 7},
		spend(t, b, ada, 7))
	require.Equal(t, limit.Charge{Cost: 9, Limit: 60, Used: 10, Remaining: 50, ResetAt: noon.Add(10 * time.Minute), NodeCount: 900},
		spend(t, b, ada, 900))
	require.Equal(t, 5, spend(t, b, home, 1).Remaining, "an address has a budget of its own")
	require.Equal(t, 59, spend(t, b, limit.Caller{User: "id-bo", Address: home.Address}, 1).Remaining, "and so has each user")
	require.Equal(t, 49, spend(t, b, limit.Caller{User: "id-ada", Address: home.Address}, 1).Remaining, "wherever they call from")

	c.advance(90 * time.Second)
	require.Equal(t, limit.Charge{Cost: 1, Limit: 60, Used: 11, Remaining: 49, ResetAt: noon.Add(12 * time.Minute), NodeCount: 1},
		spend(t, b, ada, 1), "a point and a half came back, of which one can be spent")
	c.advance(2 * time.Hour)
	require.Equal(t, 59, spend(t, b, ada, 1).Remaining, "a budget is never more than whole")
}

func TestSpentBudget(t *testing.T) {
	t.Parallel()
	c := newClock()
	noon := c.Time
	b := limit.NewBudgets(limit.BudgetLimits{User: 60}, c.now)
	require.Equal(t, 1, spend(t, b, ada, 5900).Remaining)

	for range 3 { // a refusal spends nothing
		charge, err := b.Spend(ada, 300)
		require.Equal(t, &limit.Charge{Cost: 3, Limit: 60, Used: 59, Remaining: 1, ResetAt: noon.Add(59 * time.Minute), NodeCount: 300}, charge)
		var refused *apperr.Error
		require.ErrorAs(t, err, &refused)
		require.Equal(t, apperr.RateLimited, refused.Code)
		require.Equal(t, 2*time.Minute, refused.RetryAfter)
		require.Contains(t, refused.Message, "costs 3 points, but this caller has only 1 of 60 points left")
	}
	spend(t, b, ada, 1)
	c.advance(59*time.Second + time.Millisecond)
	_, err := b.Spend(ada, 1)
	var refused *apperr.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, time.Second, refused.RetryAfter, "whole seconds, and never too early")
	c.advance(time.Second)
	require.Equal(t, 0, spend(t, b, ada, 1).Remaining)
}

func TestSpendSpareLeavesHalf(t *testing.T) {
	t.Parallel()
	c := newClock()
	b := limit.NewBudgets(limit.BudgetLimits{User: 60, Network: 180}, c.now)
	at := limit.Caller{User: "id-ada", Address: home.Address}
	for range 30 {
		wait, err := b.SpendSpare(at, 1)
		require.NoError(t, err)
		require.Zero(t, wait)
	}
	for range 3 { // it spends nothing
		wait, err := b.SpendSpare(at, 200)
		require.NoError(t, err)
		require.Equal(t, 2*time.Minute, wait)
	}
	require.Equal(t, 29, spend(t, b, at, 1).Remaining, "the other half is for operations")
	c.advance(time.Minute)
	wait, err := b.SpendSpare(at, 1)
	require.NoError(t, err)
	require.Equal(t, time.Minute, wait, "an operation has spent of it meanwhile")
	c.advance(time.Minute)
	wait, err = b.SpendSpare(at, 1)
	require.NoError(t, err)
	require.Zero(t, wait)

	other := limit.Caller{User: "id-bo", Address: home.Address}
	for n := range 100 { // the network has 90 for all events
		wait, err = b.SpendSpare(limit.Caller{User: fmt.Sprint("id-", n), Address: home.Address}, 1)
		require.NoError(t, err)
		if wait > 0 {
			break
		}
	}
	wait, err = b.SpendSpare(other, 100)
	require.NoError(t, err)
	require.Positive(t, wait, "the network's half is spent")

	_, err = b.SpendSpare(at, 3001)
	require.Equal(t, apperr.QueryTooComplex, apperr.CodeOf(err))
	_, err = b.SpendSpare(at, 3000)
	require.NoError(t, err, "half of the budget")
	wait, err = limit.NewBudgets(limit.BudgetLimits{}, c.now).SpendSpare(at, 1e9)
	require.NoError(t, err)
	require.Zero(t, wait, "there is no limit")
	wait, err = limit.NewBudgets(limit.BudgetLimits{User: 1}, c.now).SpendSpare(at, 1)
	require.NoError(t, err)
	require.Zero(t, wait, "one point has no half")
}

func TestCostAboveFullBudget(t *testing.T) {
	t.Parallel()
	b := limit.NewBudgets(limit.BudgetLimits{User: 60}, newClock().now)
	charge, err := b.Spend(ada, 6001)
	require.Equal(t, apperr.QueryTooComplex, apperr.CodeOf(err), "to wait would not help")
	require.Equal(t, 60, charge.Remaining)
}

func TestUnlimited(t *testing.T) {
	t.Parallel()
	b := limit.NewBudgets(limit.BudgetLimits{User: 60}, newClock().now)
	charge, err := b.Spend(home, 1_000_000)
	require.NoError(t, err)
	require.Nil(t, charge)
	require.NotNil(t, spend(t, b, ada, 1))
}

func TestLargestBudget(t *testing.T) {
	t.Parallel()
	c := newClock()
	b := limit.NewBudgets(limit.BudgetLimits{Address: limit.MaxPoints}, c.now)
	require.Equal(t, limit.MaxPoints-1, spend(t, b, home, 1).Remaining)
	c.advance(36 * time.Microsecond)
	require.Equal(t, limit.MaxPoints-1, spend(t, b, home, 1).Remaining)
	require.Panics(t, func() { limit.NewBudgets(limit.BudgetLimits{User: limit.MaxPoints + 1}, c.now) })
}

// TestNetworkBudgetBoundsAccounts: all accounts of a network together spend at most the budget of the network.
func TestNetworkBudgetBoundsAccounts(t *testing.T) {
	t.Parallel()
	c := newClock()
	noon := c.Time
	b := limit.NewBudgets(limit.BudgetLimits{User: 60, Network: 180, Address: 6}, c.now)
	account := func(n int) limit.Caller { return limit.Caller{User: fmt.Sprint("id-", n), Address: home.Address} }
	require.Equal(t, 5, spend(t, b, home, 1).Remaining, "anonymous callers have a separate budget")
	for n := range 3 {
		require.Equal(t, 60-50, spend(t, b, account(n), 5000).Remaining, "one's own is the tightest")
	}
	require.Equal(t, 180-160, spend(t, b, account(3), 1000).Remaining)
	require.Equal(t, limit.Charge{Cost: 10, Limit: 180, Used: 170, Remaining: 10, ResetAt: noon.Add(170 * 20 * time.Second), NodeCount: 1000},
		spend(t, b, account(4), 1000), "the network's is tighter")

	charge, err := b.Spend(account(5), 1100)
	require.Equal(t, &limit.Charge{Cost: 11, Limit: 180, Used: 170, Remaining: 10, ResetAt: noon.Add(170 * 20 * time.Second), NodeCount: 1100}, charge)
	var refused *apperr.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, apperr.RateLimited, refused.Code)
	require.Equal(t, 20*time.Second, refused.RetryAfter)
	require.Contains(t, refused.Message, "this network has only 10 of 180 points left")
	require.Equal(t, 60-11, spend(t, b, limit.Caller{User: "id-5", Address: netip.MustParseAddr("192.0.2.2")}, 1100).Remaining,
		"the refusal spent nothing from the user's budget")
	require.Equal(t, 0, spend(t, b, account(6), 1000).Remaining)
	require.Equal(t, 5-1, spend(t, b, home, 1).Remaining, "anonymous callers have a separate budget")

	charge, err = b.Spend(account(7), 6100)
	require.Equal(t, apperr.QueryTooComplex, apperr.CodeOf(err), "it costs more than a caller ever has, whatever the network has left")
	require.Equal(t, 60, charge.Limit)
}

// TestBudgetsOfSites: an IPv6 customer has 65,536 networks, but only 16 times the budget of one.
func TestBudgetsOfSites(t *testing.T) {
	t.Parallel()
	b := limit.NewBudgets(limit.BudgetLimits{User: 60, Network: 60, Address: 60}, newClock().now)
	from := func(user string, network int) limit.Caller {
		return limit.Caller{User: user, Address: netip.MustParseAddr(fmt.Sprintf("2001:db8:1:%x::7", network))}
	}
	for _, user := range []string{"", "id-"} {
		for n := range 16 {
			name := user
			if user != "" {
				name += fmt.Sprint(n)
			}
			require.Equal(t, 0, spend(t, b, from(name, n), 6000).Remaining)
		}
		_, err := b.Spend(from(user, 16), 1)
		require.Equal(t, apperr.RateLimited, apperr.CodeOf(err))
		require.ErrorContains(t, err, "this network has only 0 of 960 points left")
		spend(t, b, limit.Caller{User: user, Address: netip.MustParseAddr("2001:db8:2::7")}, 1)
	}
}

// TestBudgetsOfManyNetworks: callers from very many networks neither exceed the memory limit nor reset the budget of a
// user. The test is not parallel, because it measures the heap of the whole process.
func TestBudgetsOfManyNetworks(t *testing.T) {
	b := limit.NewBudgets(limit.BudgetLimits{User: 60, Address: 6}, newClock().now)
	spend(t, b, ada, 100)
	from := func(i int) limit.Caller {
		return limit.Caller{Address: netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})}
	}
	memory := func() uint64 {
		var stats runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	for i := range 100_000 {
		spend(t, b, from(i), 1)
	}
	full := memory()
	for i := range 200_000 {
		spend(t, b, from(100_000+i), 1)
	}
	require.Less(t, memory(), full+(16<<20))
	require.Equal(t, 58, spend(t, b, ada, 100).Remaining)
	require.Equal(t, 4, spend(t, b, from(299_999), 1).Remaining)
	require.Equal(t, 5, spend(t, b, from(0), 1).Remaining, "the oldest are forgotten")
	runtime.KeepAlive(b)
}

func BenchmarkSpend(b *testing.B) {
	budgets := limit.NewBudgets(limit.BudgetLimits{User: limit.MaxPoints}, time.Now)
	callers := make([]limit.Caller, 1000)
	for i := range callers {
		callers[i].User = fmt.Sprint("user", i)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := budgets.Spend(callers[i%len(callers)], 1); err != nil {
			b.Fatal(err)
		}
	}
}
