package limit_test

import (
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/limit"
)

func TestAttempts(t *testing.T) {
	t.Parallel()
	// Each step is one attempt after a delay. wait is the time until the next attempt if it is refused, else 0.
	type step struct {
		after     time.Duration
		account   string
		address   string
		succeeded bool
		wait      time.Duration
	}
	limits := limit.AttemptLimits{
		Account: limit.Rate{AtOnce: 2, Every: time.Minute},
		Address: limit.Rate{AtOnce: 3, Every: 10 * time.Second},
	}
	for name, steps := range map[string][]step{
		"an account, from one network": {
			{account: "ada", address: "192.0.2.1"},
			{account: "ada", address: "192.0.2.1"},
			{account: "ada", address: "192.0.2.1", wait: time.Minute},
			{account: "bob", address: "192.0.2.1"},
			{account: "ada", address: "192.0.2.2"},
			{after: 59 * time.Second, account: "ada", address: "192.0.2.1", wait: time.Second},
			{after: 500 * time.Millisecond, account: "ada", address: "192.0.2.1", wait: time.Second},
			{after: 500 * time.Millisecond, account: "ada", address: "192.0.2.1"},
			{account: "ada", address: "192.0.2.1", wait: time.Minute},
			{after: time.Hour, account: "ada", address: "192.0.2.1"},
			{account: "ada", address: "192.0.2.1"},
			{account: "ada", address: "192.0.2.1", wait: time.Minute},
		},
		"an address, for any account": {
			{account: "a", address: "192.0.2.1"},
			{account: "b", address: "192.0.2.1"},
			{account: "c", address: "192.0.2.1"},
			{account: "d", address: "192.0.2.1", wait: 10 * time.Second},
			{account: "d", address: "192.0.2.2"},
			{after: 10 * time.Second, account: "e", address: "192.0.2.1"},
		},
		"the error has the longer wait": {
			{account: "a", address: "192.0.2.1"},
			{account: "b", address: "192.0.2.1"},
			{account: "b", address: "192.0.2.1"},
			{account: "b", address: "192.0.2.1", wait: time.Minute},
		},
		"a refusal for the account does not count for the address": {
			{account: "a", address: "192.0.2.1"},
			{account: "a", address: "192.0.2.1"},
			{account: "a", address: "192.0.2.1", wait: time.Minute},
			{account: "a", address: "192.0.2.1", wait: time.Minute},
			{account: "b", address: "192.0.2.1"},
			{account: "b", address: "192.0.2.1", wait: 10 * time.Second},
		},
		"successful sign-ins do not lock out": {
			{account: "a", address: "192.0.2.1", succeeded: true},
			{account: "a", address: "192.0.2.1", succeeded: true},
			{account: "a", address: "192.0.2.1", succeeded: true},
			{account: "a", address: "192.0.2.1", succeeded: true},
			{account: "a", address: "192.0.2.1"},
			{account: "a", address: "192.0.2.1"},
			{account: "a", address: "192.0.2.1", wait: time.Minute},
		},
		"a sign-in does not release other attempts": {
			{account: "victim", address: "192.0.2.1"},
			{account: "own", address: "192.0.2.1", succeeded: true},
			{account: "victim", address: "192.0.2.1"},
			{account: "own", address: "192.0.2.1", succeeded: true},
			{account: "victim", address: "192.0.2.1", wait: time.Minute},
		},
		"an IPv6 customer has a /64": {
			{account: "a", address: "2001:db8:0:1::1"},
			{account: "b", address: "2001:db8:0:1:ffff::2"},
			{account: "c", address: "2001:db8:0:1:8000::3%eth0"},
			{account: "d", address: "2001:db8:0:1::4", wait: 10 * time.Second},
			{account: "d", address: "2001:db8:0:2::1"},
		},
		"IPv4 in IPv6 is IPv4": {
			{account: "a", address: "192.0.2.1"},
			{account: "b", address: "::ffff:192.0.2.1"},
			{account: "c", address: "::ffff:192.0.2.1"},
			{account: "d", address: "192.0.2.1", wait: 10 * time.Second},
			{account: "d", address: "::ffff:192.0.2.2"},
		},
		"unknown addresses are one": {
			{account: "a"},
			{account: "b"},
			{account: "c"},
			{account: "d", wait: 10 * time.Second},
			{account: "d", address: "0.0.0.0"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := newClock()
			attempts := limit.NewAttempts(limits, clock.now)
			for i, step := range steps {
				clock.advance(step.after)
				var address netip.Addr
				if step.address != "" {
					address = netip.MustParseAddr(step.address)
				}
				attempt, err := attempts.Take(step.account, address)
				if step.wait == 0 {
					require.NoError(t, err, "step %d", i)
				} else {
					requireWait(t, step.wait, err, "step %d", i)
				}
				if step.succeeded {
					attempts.Succeeded(attempt)
				}
			}
		})
	}
}

func requireWait(t *testing.T, want time.Duration, err error, message ...any) {
	t.Helper()
	var e *apperr.Error
	require.ErrorAs(t, err, &e, message...)
	require.Equal(t, apperr.RateLimited, e.Code, message...)
	require.Equal(t, want, e.RetryAfter, message...)
}

// numbered returns a separate address for each number.
func numbered(n int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)})
}

// attack tries wrong passwords for an account, one from each network at each step. It returns how many tries were
// allowed.
func attack(a *limit.Attempts, clock *clock, account string, networks int, length, step time.Duration) (allowed int) {
	for end := clock.now().Add(length); clock.now().Before(end); clock.advance(step) {
		for n := range networks {
			if _, err := a.Take(account, numbered(n)); err == nil {
				allowed++
			}
		}
	}
	return allowed
}

// TestAttackLocksOutNoOtherNetwork: an attacker uses up the attempts of its own networks, but not those of a known
// network or of another unknown one.
func TestAttackLocksOutNoOtherNetwork(t *testing.T) {
	t.Parallel()
	for _, networks := range []int{1, 60, 300} {
		t.Run(fmt.Sprint(networks), func(t *testing.T) {
			t.Parallel()
			clock := newClock()
			attempts := limit.NewAttempts(limit.AttemptLimits{}, clock.now)
			home, hotel := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
			signIn := func(from netip.Addr) {
				t.Helper()
				attempt, err := attempts.Take("ada", from)
				require.NoError(t, err)
				attempts.Succeeded(attempt)
			}
			signIn(home)
			for range 3 {
				attack(attempts, clock, "ada", networks, 10*time.Minute, 5*time.Second)
				for range 9 { // mistyped
					_, err := attempts.Take("ada", home)
					require.NoError(t, err)
				}
				signIn(home)
				_, err := attempts.Take("ada", hotel)
				require.NoError(t, err)
				if networks < 300 {
					signIn(hotel)
				}
				clock.advance(10 * time.Minute)
			}
		})
	}
}

// TestGuessesPerDay checks the numbers in the comment of Attempts.
func TestGuessesPerDay(t *testing.T) {
	t.Parallel()
	for networks, most := range map[int]int{1: 1450, 10: 1540 + 10*27, 60: 1540 + 60*27} {
		clock := newClock()
		got := attack(limit.NewAttempts(limit.AttemptLimits{}, clock.now), clock, "ada", networks, 24*time.Hour, 40*time.Second)
		require.LessOrEqual(t, got, most+networks, "from %d networks", networks)
		require.Greater(t, got, most*9/10, "from %d networks", networks)
	}
	// Any number: each network tries once, and never again.
	clock := newClock()
	attempts := limit.NewAttempts(limit.AttemptLimits{}, clock.now)
	allowed := 0
	for n := range 24 * 60 * 60 {
		clock.advance(time.Second)
		if _, err := attempts.Take("ada", numbered(n)); err == nil {
			allowed++
		}
	}
	require.LessOrEqual(t, allowed, 11_180+2)
	require.Greater(t, allowed, 10_000)
}

// TestAttemptsOfSites: an IPv6 customer has 65,536 networks, but only four times the attempts of one.
func TestAttemptsOfSites(t *testing.T) {
	t.Parallel()
	from := func(n int) netip.Addr { return netip.MustParseAddr(fmt.Sprintf("2001:db8:1:%x::1", n)) }
	count := func(take func(a *limit.Attempts, n int) error) (allowed int) {
		attempts := limit.NewAttempts(limit.AttemptLimits{}, newClock().now)
		for n := range 5000 {
			if take(attempts, n) == nil {
				allowed++
			}
		}
		return allowed
	}
	require.Equal(t, 40, count(func(a *limit.Attempts, n int) error { _, err := a.Take("ada", from(n)); return err }))
	require.Equal(t, 400, count(func(a *limit.Attempts, n int) error { _, err := a.Take(fmt.Sprint(n), from(n)); return err }))
	require.Equal(t, 400, count(func(a *limit.Attempts, n int) error { return a.TakeAddress(from(n)) }))
	require.Equal(t, 400, count(func(a *limit.Attempts, n int) error { _, err := a.TakeRegistration(from(n)); return err }))
	require.Equal(t, 400, count(func(a *limit.Attempts, n int) error { _, err := a.TakeClaim("", from(n)); return err }))
	known := limit.NewAttempts(limit.AttemptLimits{}, newClock().now)
	attempt, err := known.Take("ada", from(7))
	require.NoError(t, err)
	known.Succeeded(attempt)
	for n := range 40 {
		_, _ = known.Take("ada", from(1000+n))
	}
	_, err = known.Take("ada", netip.MustParseAddr("2001:db8:2::1"))
	require.NoError(t, err, "another site")
}

// TestClaims: failed claims have a low limit, successful ones a high limit, and released ones none.
func TestClaims(t *testing.T) {
	t.Parallel()
	clock := newClock()
	attempts := limit.NewAttempts(limit.AttemptLimits{}, clock.now)
	office := netip.MustParseAddr("192.0.2.1")
	take := func(caller string) (limit.Attempt, error) { return attempts.TakeClaim(caller, office) }
	for range 10_000 {
		attempt, err := take("ada")
		require.NoError(t, err)
		attempts.Release(attempt)
	}
	for range 10 {
		_, err := take("ada")
		require.NoError(t, err)
	}
	_, err := take("ada")
	requireWait(t, time.Minute, err)
	require.ErrorContains(t, err, "to set a username, an email address or a phone number: try again in 1m")

	for range 90 { // successes
		attempt, err := take("bob")
		require.NoError(t, err)
		attempts.Succeeded(attempt)
	}
	for n := range 90 { // of other callers, as many as a network has
		_, err := take(fmt.Sprint("account ", n))
		require.NoError(t, err)
	}
	for _, caller := range []string{"another", "", "bob"} {
		_, err = take(caller)
		requireWait(t, 20*time.Second, err, caller)
	}
	_, err = attempts.TakeClaim("ada", netip.MustParseAddr("192.0.2.2"))
	requireWait(t, time.Minute, err, "the caller's own, from anywhere")
	for range 10 {
		attempt, err := attempts.TakeClaim("bob", netip.MustParseAddr("192.0.2.2"))
		require.NoError(t, err)
		attempts.Succeeded(attempt)
	}
	_, err = attempts.TakeClaim("bob", netip.MustParseAddr("192.0.2.2"))
	requireWait(t, 10*time.Second, err, "successes are not without end")
	clock.advance(time.Minute)
	_, err = take("ada")
	require.NoError(t, err)
}

func TestRegistrations(t *testing.T) {
	t.Parallel()
	clock := newClock()
	attempts := limit.NewAttempts(limit.AttemptLimits{Registrations: limit.Rate{AtOnce: 2, Every: time.Minute}}, clock.now)
	office := netip.MustParseAddr("192.0.2.1")
	for range 2 {
		attempt, err := attempts.TakeRegistration(office)
		require.NoError(t, err)
		attempts.Release(attempt)
		attempt, err = attempts.TakeRegistration(office)
		require.NoError(t, err)
		attempts.Succeeded(attempt)
	}
	_, err := attempts.TakeRegistration(office)
	requireWait(t, time.Minute, err)
	require.ErrorContains(t, err, "to create an account from this network")
	_, err = attempts.Take("ada", office)
	require.NoError(t, err, "signing in is another thing")
}

func TestAttemptDefaults(t *testing.T) {
	t.Parallel()
	clock := newClock()
	attempts := limit.NewAttempts(limit.AttemptLimits{}, clock.now)
	office := netip.MustParseAddr("192.0.2.1")
	take := func(account string) error {
		_, err := attempts.Take(account, office)
		return err
	}
	for range 10 {
		require.NoError(t, take("ada"))
	}
	require.Error(t, take("ada"))
	for i := range 90 {
		require.NoError(t, take(fmt.Sprint("user", i)))
	}
	require.Error(t, take("another"))
	clock.advance(time.Second)
	require.NoError(t, take("another"))
}

// TestAttemptsFlood: hundreds of thousands of names and addresses neither free the attacked account nor lock out
// others.
func TestAttemptsFlood(t *testing.T) {
	t.Parallel()
	clock := newClock()
	attempts := limit.NewAttempts(limit.AttemptLimits{}, clock.now)
	attacker := netip.MustParseAddr("192.0.2.1")
	for range 10 {
		_, err := attempts.Take("victim", attacker)
		require.NoError(t, err)
	}
	for i := range 200_000 {
		_, _ = attempts.Take(fmt.Sprint("made up ", i), numbered(i))
	}
	_, err := attempts.Take("victim", attacker)
	require.Error(t, err)
	for i := range 100 {
		_, err := attempts.Take(fmt.Sprint("bystander ", i), netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}))
		require.NoError(t, err)
	}
}

func TestAttemptsConcurrently(t *testing.T) {
	t.Parallel()
	attempts := limit.NewAttempts(limit.AttemptLimits{}, newClock().now)
	var allowed atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				if _, err := attempts.Take("ada", netip.AddrFrom4([4]byte{192, 0, 2, 1})); err == nil {
					allowed.Add(1)
				}
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 10, allowed.Load())
}

func BenchmarkAttemptsTake(b *testing.B) {
	attempts := limit.NewAttempts(limit.AttemptLimits{}, time.Now)
	address := netip.MustParseAddr("2001:db8::1")
	b.ReportAllocs()
	for b.Loop() {
		_, _ = attempts.Take("ada", address)
	}
}
