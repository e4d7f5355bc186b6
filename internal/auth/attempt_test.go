package auth

import (
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
)

func TestAttempts(t *testing.T) {
	t.Parallel()
	// Each step is one attempt, after some time; wait is what a refused one is told, 0 where it is allowed.
	type step struct {
		after     time.Duration
		account   string
		address   string
		succeeded bool
		wait      time.Duration
	}
	limits := AttemptLimits{
		Account: AttemptLimit{AtOnce: 2, Every: time.Minute},
		Address: AttemptLimit{AtOnce: 3, Every: 10 * time.Second},
	}
	for name, steps := range map[string][]step{
		"an account, from anywhere": {
			{account: "ada", address: "192.0.2.1"},
			{account: "ada", address: "192.0.2.2"},
			{account: "ada", address: "192.0.2.3", wait: time.Minute},
			{account: "bob", address: "192.0.2.3"},
			{after: 59 * time.Second, account: "ada", address: "192.0.2.3", wait: time.Second},
			{after: 500 * time.Millisecond, account: "ada", address: "192.0.2.3", wait: time.Second},
			{after: 500 * time.Millisecond, account: "ada", address: "192.0.2.3"},
			{account: "ada", address: "192.0.2.3", wait: time.Minute},
			{after: time.Hour, account: "ada", address: "192.0.2.3"},
			{account: "ada", address: "192.0.2.3"},
			{account: "ada", address: "192.0.2.3", wait: time.Minute},
		},
		"case tells accounts apart": {
			{account: "ada", address: "192.0.2.1"},
			{account: "ada", address: "192.0.2.1"},
			{account: "Ada", address: "192.0.2.1"},
		},
		"an address, for any account": {
			{account: "a", address: "192.0.2.1"},
			{account: "b", address: "192.0.2.1"},
			{account: "c", address: "192.0.2.1"},
			{account: "d", address: "192.0.2.1", wait: 10 * time.Second},
			{account: "d", address: "192.0.2.2"},
			{after: 10 * time.Second, account: "e", address: "192.0.2.1"},
		},
		"the longer wait is told": {
			{account: "a", address: "192.0.2.1"},
			{account: "b", address: "192.0.2.1"},
			{account: "b", address: "192.0.2.1"},
			{account: "b", address: "192.0.2.1", wait: time.Minute},
		},
		"who is refused for the address uses up nothing of the account": {
			{account: "a", address: "192.0.2.1"},
			{account: "b", address: "192.0.2.1"},
			{account: "c", address: "192.0.2.1"},
			{account: "d", address: "192.0.2.1", wait: 10 * time.Second},
			{account: "d", address: "192.0.2.1", wait: 10 * time.Second},
			{account: "d", address: "192.0.2.2"},
			{account: "d", address: "192.0.2.2"},
			{account: "d", address: "192.0.2.2", wait: time.Minute},
		},
		"who is refused for the account uses up nothing of the address": {
			{account: "a", address: "192.0.2.1"},
			{account: "a", address: "192.0.2.1"},
			{account: "a", address: "192.0.2.1", wait: time.Minute},
			{account: "a", address: "192.0.2.1", wait: time.Minute},
			{account: "b", address: "192.0.2.1"},
			{account: "b", address: "192.0.2.1", wait: 10 * time.Second},
		},
		"who signs in often is not locked out": {
			{account: "a", address: "192.0.2.1", succeeded: true},
			{account: "a", address: "192.0.2.1", succeeded: true},
			{account: "a", address: "192.0.2.1", succeeded: true},
			{account: "a", address: "192.0.2.1", succeeded: true},
			{account: "a", address: "192.0.2.1"},
			{account: "a", address: "192.0.2.1"},
			{account: "a", address: "192.0.2.1", wait: time.Minute},
		},
		"signing in forgives no other attempt": {
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
			attempts := NewAttempts(limits, clock.Now)
			for i, step := range steps {
				clock.Advance(step.after)
				var address netip.Addr
				if step.address != "" {
					address = netip.MustParseAddr(step.address)
				}
				err := attempts.Take(step.account, address)
				if step.wait == 0 {
					require.NoError(t, err, "step %d", i)
				} else {
					var e *apperr.Error
					require.ErrorAs(t, err, &e, "step %d", i)
					require.Equal(t, apperr.RateLimited, e.Code)
					require.Equal(t, step.wait, e.RetryAfter, "step %d", i)
				}
				if step.succeeded {
					attempts.Succeeded(step.account, address)
				}
			}
		})
	}
}

func TestAttemptDefaults(t *testing.T) {
	t.Parallel()
	clock := newClock()
	attempts := NewAttempts(AttemptLimits{}, clock.Now)
	office := netip.MustParseAddr("192.0.2.1")
	for range 10 {
		require.NoError(t, attempts.Take("ada", office))
	}
	require.Error(t, attempts.Take("ada", office))
	for i := range 90 {
		require.NoError(t, attempts.Take(fmt.Sprint("user", i), office))
	}
	require.Error(t, attempts.Take("another", office))
	clock.Advance(time.Second)
	require.NoError(t, attempts.Take("another", office))
	require.Error(t, attempts.Take("ada", netip.MustParseAddr("192.0.2.2")))
}

// Names and addresses by the hundred thousand neither free the account under attack nor refuse anybody else.
func TestAttemptsFlood(t *testing.T) {
	t.Parallel()
	clock := newClock()
	attempts := NewAttempts(AttemptLimits{}, clock.Now)
	attacker := netip.MustParseAddr("192.0.2.1")
	for range 10 {
		require.NoError(t, attempts.Take("victim", attacker))
	}
	address := netip.MustParseAddr("10.0.0.0")
	for i := range 200_000 {
		address = address.Next()
		_ = attempts.Take(fmt.Sprint("made up ", i), address)
	}
	require.Error(t, attempts.Take("victim", netip.MustParseAddr("198.51.100.1")))
	for i := range 100 {
		require.NoError(t, attempts.Take(fmt.Sprint("bystander ", i), netip.AddrFrom4([4]byte{198, 51, 100, byte(i)})))
	}
}

func TestAttemptsConcurrently(t *testing.T) {
	t.Parallel()
	attempts := NewAttempts(AttemptLimits{}, newClock().Now)
	var allowed atomic.Int64
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 100 {
				if attempts.Take("ada", netip.AddrFrom4([4]byte{192, 0, 2, byte(i)})) == nil {
					allowed.Add(1)
				}
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 10, allowed.Load())
}

func BenchmarkAttemptsTake(b *testing.B) {
	attempts := NewAttempts(AttemptLimits{}, time.Now)
	address := netip.MustParseAddr("2001:db8::1")
	b.ReportAllocs()
	for b.Loop() {
		_ = attempts.Take("ada", address)
	}
}
