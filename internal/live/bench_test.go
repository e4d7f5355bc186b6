package live

import (
	"runtime"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/commit"
)

// BenchmarkPublish publishes a follow between two of 100,000 users, with a full log, beside idle subscriptions, and
// beside subscriptions of the followed user, which read each event.
func BenchmarkPublish(b *testing.B) {
	for _, bench := range []struct{ idle, touched int }{{0, 0}, {10_000, 0}, {0, 1}, {10_000, 1_000}} {
		b.Run(strconv.Itoa(bench.idle)+"idle/"+strconv.Itoa(bench.touched)+"touched", func(b *testing.B) {
			h := newHub(16 << 20)
			lsn := uint64(1)
			ids := make([]string, 100_000)
			for n := range ids {
				ids[n] = uuid(uint64(n))
			}
			publish := func(following string) {
				lsn++
				h.Publish(follows(lsn, ids[lsn%uint64(len(ids))], following))
			}
			for range 300_000 {
				publish(ids[lsn*7919%uint64(len(ids))])
			}
			for n := range bench.idle {
				_, err := h.Subscribe(followersOf("idle"+strconv.Itoa(n)), commit.Position{}, func() {})
				require.NoError(b, err)
			}
			wakes := make(chan *Subscription, bench.touched)
			for range bench.touched {
				var s *Subscription
				s, err := h.Subscribe(followersOf("star"), commit.Position{}, func() { wakes <- s })
				require.NoError(b, err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if bench.touched == 0 {
					publish(ids[lsn*7919%uint64(len(ids))])
					continue
				}
				publish("star")
				b.StopTimer()
				for range bench.touched {
					s := <-wakes
					e, err := s.Next()
					require.NoError(b, err)
					s.Advance(e)
				}
				b.StartTimer()
			}
		})
	}
}

// BenchmarkNext wakes 1,000 subscriptions of one user, which read the event of one follow.
func BenchmarkNext(b *testing.B) {
	h := newHub(16 << 20)
	lsn := uint64(1)
	const n = 1_000
	var subscriptions []*Subscription
	for range n {
		s, err := h.Subscribe(followersOf("star"), commit.Position{}, func() {})
		require.NoError(b, err)
		subscriptions = append(subscriptions, s)
	}
	b.ReportAllocs()
	for b.Loop() {
		lsn++
		h.Publish(follows(lsn, "fan"+strconv.Itoa(int(lsn)), "star"))
		for _, s := range subscriptions {
			e, err := s.Next()
			require.NoError(b, err)
			s.Advance(e)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/event")
}

// BenchmarkMemory measures the heap for each change and for each subscription.
func BenchmarkMemory(b *testing.B) {
	for name, commits := range map[string]func(uint64) Commit{
		"change/new users":    func(lsn uint64) Commit { return follows(lsn, uuid(2*lsn), uuid(2*lsn+1)) },
		"change/10,000 users": func(lsn uint64) Commit { return follows(lsn, uuid(lsn%10_000), uuid(lsn*7919%10_000)) },
		"change/of one user":  func(lsn uint64) Commit { return follows(lsn, uuid(lsn%10_000), uuid(1)) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				before := heap()
				h := newHub(1 << 30)
				const n = 200_000
				for lsn := uint64(2); lsn < n+2; lsn++ {
					h.Publish(commits(lsn))
				}
				b.ReportMetric(float64(heap()-before)/n, "bytes/change")
				runtime.KeepAlive(h)
			}
		})
	}
	for _, users := range []int{1, 100} {
		b.Run("subscription/"+strconv.Itoa(users)+"users", func(b *testing.B) {
			for b.Loop() {
				before := heap()
				h := newHub(1 << 20)
				const n = 10_000
				for i := range n {
					topic := Topic{Kind: Stats}
					for k := range users {
						topic.Users = append(topic.Users, uuid(uint64(i*users+k)))
					}
					_, err := h.Subscribe(topic, commit.Position{}, func() {})
					require.NoError(b, err)
				}
				b.ReportMetric(float64(heap()-before)/n, "bytes/subscription")
				runtime.KeepAlive(h)
			}
		})
	}
}
