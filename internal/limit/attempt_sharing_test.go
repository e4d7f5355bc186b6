package limit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/limit"
)

var commonSecret = bytes.Repeat([]byte{7}, 32)

// newService returns instances that send to each other what they count, and the messages so far. It must be called in a
// bubble.
func newService(t *testing.T, n int) (instances []*limit.Attempts, sent func() [][]byte) {
	t.Helper()
	var mu sync.Mutex
	var messages [][]byte
	sent = func() [][]byte {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(messages)
	}
	for range n {
		instances = append(instances, limit.NewAttempts(limit.AttemptLimits{Secret: commonSecret}, time.Now))
	}
	for _, instance := range instances {
		go instance.Share(t.Context(), func(_ context.Context, message []byte) error {
			mu.Lock()
			messages = append(messages, message)
			mu.Unlock()
			for _, each := range instances {
				each.Receive(message)
			}
			return nil
		})
	}
	return instances, sent
}

var house, inn = netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("198.51.100.1")

// TestInstancesCountTogether fails to sign in on one instance: the others refuse.
func TestInstancesCountTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		service, sent := newService(t, 3)
		for range 4 {
			_, err := service[0].Take("ada", house)
			require.NoError(t, err)
		}
		for range 6 {
			_, err := service[1].Take("ada", house)
			require.NoError(t, err)
		}
		<-time.After(100 * time.Millisecond)
		synctest.Wait()
		for i, instance := range service {
			_, err := instance.Take("ada", house)
			require.ErrorContains(t, err, "too many attempts to sign in", "%d", i)
			_, err = instance.Take("bob", house)
			require.NoError(t, err)
		}
		require.LessOrEqual(t, len(sent()), 4, "attempts at once share a message")
		<-time.After(time.Minute)
		synctest.Wait()
		_, err := service[2].Take("ada", house)
		require.NoError(t, err, "one more each minute")
		<-time.After(100 * time.Millisecond)
		synctest.Wait()
		for _, instance := range service {
			_, err := instance.Take("ada", house)
			require.Error(t, err, "for all together")
		}
	})
}

// TestSuccessIsShared signs in: nothing is left of the attempt anywhere, and the network is known everywhere.
func TestSuccessIsShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		service, _ := newService(t, 2)
		for range 1000 {
			attempt, err := service[0].Take("ada", house)
			require.NoError(t, err)
			<-time.After(250 * time.Millisecond) // for the hash, so that others hear of the attempt
			service[0].Succeeded(attempt)
		}
		released, err := service[0].Take("bob", house)
		require.NoError(t, err)
		<-time.After(time.Second)
		service[0].Release(released)
		<-time.After(time.Second)
		synctest.Wait()
		attempt, err := service[1].Take("ada", house)
		require.NoError(t, err)
		require.True(t, attempt.Known)
		attempt, err = service[1].Take("ada", inn)
		require.NoError(t, err)
		require.False(t, attempt.Known)
		for range 10 {
			_, err := service[1].Take("bob", house)
			require.NoError(t, err)
		}
		_, err = service[1].Take("bob", house)
		require.Error(t, err)
	})
}

// TestMessagesAreBounded counts more than one message holds.
func TestMessagesAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		service, sent := newService(t, 2)
		for n := range 10_000 {
			_, _ = service[0].Take(fmt.Sprint("user", n), netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}))
		}
		<-time.After(10 * time.Second)
		synctest.Wait()
		require.Positive(t, service[0].Sharing().Lost)
		require.InDelta(t, 8, len(sent()), 2, "what waits is bounded")
		for _, message := range sent() {
			require.LessOrEqual(t, len(message), limit.MaxMessage)
			require.NotContains(t, string(message), "user")
		}
	})
}

// TestForgedMessages changes messages: none of them counts.
func TestForgedMessages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		service := limit.NewAttempts(limit.AttemptLimits{Secret: commonSecret}, time.Now)
		for range 10 {
			_, err := service.Take("ada", house)
			require.NoError(t, err)
		}
		var message []byte // with all ten attempts, because sharing begins after them
		go service.Share(t.Context(), func(_ context.Context, sent []byte) error {
			message = sent
			service.Receive(sent)
			return nil
		})
		synctest.Wait()
		require.Equal(t, limit.SharingCounts{Sent: 1}, service.Sharing(), "its own message is neither received nor ignored")
		allows := func(a *limit.Attempts) bool { _, err := a.Take("ada", house); return err == nil }
		other := func() *limit.Attempts {
			return limit.NewAttempts(limit.AttemptLimits{Secret: commonSecret}, time.Now)
		}
		for at := range message {
			victim, forged := other(), bytes.Clone(message)
			forged[at] ^= 1
			victim.Receive(forged)
			require.EqualValues(t, 1, victim.Sharing().Ignored, "byte %d", at)
			require.True(t, allows(victim))
		}
		victim := other()
		for _, malformed := range [][]byte{nil, {}, {1}, message[:len(message)-1], append(bytes.Clone(message), 0), make([]byte, limit.MaxMessage+11), bytes.Repeat(message, 100)} {
			victim.Receive(malformed)
		}
		require.Equal(t, limit.SharingCounts{Ignored: 7}, victim.Sharing())
		require.True(t, allows(victim))

		stranger := limit.NewAttempts(limit.AttemptLimits{Secret: bytes.Repeat([]byte{8}, 32)}, time.Now)
		stranger.Receive(message)
		require.True(t, allows(stranger))
		alone := limit.NewAttempts(limit.AttemptLimits{}, time.Now)
		alone.Receive(message)
		require.True(t, allows(alone))
		require.Zero(t, alone.Sharing())

		repeated := other()
		repeated.Receive(message)
		repeated.Receive(message)
		require.Equal(t, limit.SharingCounts{Received: 1, Ignored: 1}, repeated.Sharing())
		require.False(t, allows(repeated), "ten attempts")
		<-time.After(10 * time.Minute)
		late := other()
		late.Receive(message)
		require.Equal(t, limit.SharingCounts{Ignored: 1}, late.Sharing())
	})
}

// TestUnsentMessages cannot send: what was counted stays on this instance.
func TestUnsentMessages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := limit.NewAttempts(limit.AttemptLimits{Secret: commonSecret}, time.Now)
		go a.Share(t.Context(), func(context.Context, []byte) error { return errors.New("away") })
		for range 10 {
			_, err := a.Take("ada", house)
			require.NoError(t, err)
		}
		<-time.After(time.Second)
		synctest.Wait()
		counts := a.Sharing()
		require.Zero(t, counts.Sent)
		require.Positive(t, counts.Lost)
		_, err := a.Take("ada", house)
		require.Error(t, err)
	})
}

func FuzzReceive(f *testing.F) {
	a := limit.NewAttempts(limit.AttemptLimits{Secret: commonSecret}, time.Now)
	f.Add([]byte{1})
	f.Fuzz(func(_ *testing.T, message []byte) { a.Receive(message) })
}

// BenchmarkTake counts failed sign-ins that other instances get.
func BenchmarkTake(b *testing.B) {
	for name, secret := range map[string][]byte{"alone": nil, "shared": commonSecret} {
		b.Run(name, func(b *testing.B) {
			a := limit.NewAttempts(limit.AttemptLimits{Secret: secret}, time.Now)
			go a.Share(b.Context(), func(context.Context, []byte) error { return nil })
			for n := 0; b.Loop(); n++ {
				_, _ = a.Take("ada", netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}))
			}
		})
	}
}
