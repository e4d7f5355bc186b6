package live

import (
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/commit"
)

// newHub returns a hub whose log has begun.
func newHub(maxBytes int64) *Hub {
	h := New(Options{MaxBytes: maxBytes})
	h.Publish(Commit{Position: position(1)})
	return h
}

// follows returns a commit in which users follow others, alternately by name.
func follows(lsn uint64, names ...string) Commit {
	c := Commit{Position: position(lsn), At: time.Unix(0, int64(lsn))}
	for i := 0; i < len(names); i += 2 {
		c.Changes = append(c.Changes, Change{Follower: names[i], Following: names[i+1], ID: int64(lsn), Added: true})
	}
	return c
}

func followersOf(id string) Topic { return Topic{Kind: Followers, Users: []string{id}} }

// TestSubscribersOfATopicShareEvents has subscribers that began at different times and ask at different times. Their
// events have the same key, so one payload serves all, also while commits of others go on.
func TestSubscribersOfATopicShareEvents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHub(1 << 20)
		woken := 0
		var subscriptions []*Subscription
		lsn := uint64(1)
		for range 1000 {
			s, err := h.Subscribe(followersOf("star"), commit.Position{}, func() { woken++ })
			require.NoError(t, err)
			subscriptions = append(subscriptions, s)
			lsn++
			h.Publish(follows(lsn, "a", "b"))
		}
		star := lsn + 1
		h.Publish(follows(star, "a", "star"))
		synctest.Wait()
		require.Equal(t, len(subscriptions), woken)
		lsn = star
		for _, s := range subscriptions {
			lsn++
			h.Publish(follows(lsn, "a", "b"))
			e, err := s.Next()
			require.NoError(t, err)
			require.Equal(t, [2]uint64{star, star}, [2]uint64{e.First, e.Last})
			require.Equal(t, position(lsn), e.Position)
			s.Advance(e)
			e, err = s.Next()
			require.NoError(t, err)
			require.Nil(t, e)
		}
		synctest.Wait()
		require.Equal(t, len(subscriptions), woken, "commits of others wake no one")
		require.EqualValues(t, woken, h.Status().Woken)
	})
}

// TestASlowReaderIsWokenOnce does not read between commits: it gets one event.
func TestASlowReaderIsWokenOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHub(1 << 20)
		woken := 0
		s, err := h.Subscribe(Topic{Kind: Stats, Users: []string{"a", "b", "c"}}, commit.Position{}, func() { woken++ })
		require.NoError(t, err)
		for lsn := uint64(2); lsn < 500; lsn++ {
			h.Publish(follows(lsn, "a", "b", "x"+strconv.Itoa(int(lsn)), "a"))
			synctest.Wait()
		}
		require.Equal(t, 1, woken)
		e, err := s.Next()
		require.NoError(t, err)
		require.Equal(t, []string{"a", "b"}, e.Users)
		require.Equal(t, [2]uint64{2, 499}, [2]uint64{e.First, e.Last})
		require.Equal(t, int64(2), e.CommittedAt.UnixNano())
		again, err := s.Next()
		require.NoError(t, err)
		require.Equal(t, e, again, "Next does not move the cursor")
		h.Publish(follows(500, "c", "d"))
		synctest.Wait()
		require.Equal(t, 2, woken)
		s.Advance(e)
		e, err = s.Next()
		require.NoError(t, err)
		require.Equal(t, []string{"c"}, e.Users)
	})
}

// TestAnIdleSubscriptionOutlivesTheLog fills the log many times with changes of others, also such of the same user that
// are not of the topic.
func TestAnIdleSubscriptionOutlivesTheLog(t *testing.T) {
	t.Parallel()
	for name, topic := range map[string]Topic{
		"stats":     {Kind: Stats, Users: []string{"idle", "other"}},
		"followers": {Kind: Followers, Users: []string{"me"}},
		"gained":    {Kind: Gained, Viewer: "left"},
		"relations": {Kind: Relations, Users: []string{"other"}, Viewer: "me"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := newHub(100_000)
				woken := 0
				s, err := h.Subscribe(topic, commit.Position{}, func() { woken++ })
				require.NoError(t, err)
				lsn := uint64(1)
				for range 5_000 {
					lsn++
					c := follows(lsn, "me", "you"+strconv.Itoa(int(lsn)), "x", "left", "many", "x")
					c.Changes[1].Added = false
					h.Publish(c)
					synctest.Wait()
				}
				require.Zero(t, woken)
				require.Less(t, h.Status().Commits, 2_000)
				require.LessOrEqual(t, h.Status().Bytes, int64(100_000))
				require.Equal(t, position(lsn), s.Position())
				lsn++
				c := follows(lsn, "me", "other", "other", "me", "y", "left")
				h.Publish(c)
				synctest.Wait()
				require.Equal(t, 1, woken)
				e, err := s.Next()
				require.NoError(t, err)
				require.Equal(t, lsn, e.First)
			})
		})
	}
}

// TestEachUnreadChangeThatLeavesTheLogIsAGap has one commit of each kind that a topic knows, which leaves the log before
// it is read.
func TestEachUnreadChangeThatLeavesTheLogIsAGap(t *testing.T) {
	t.Parallel()
	stats, followers := Topic{Kind: Stats, Users: []string{"me", "other"}}, followersOf("me")
	relations, gained := Topic{Kind: Relations, Users: []string{"other"}, Viewer: "me"}, Topic{Kind: Gained, Viewer: "me"}
	begins, ends := follows(2, "x", "me"), follows(2, "x", "me")
	ends.Changes[0].Added = false
	created := func(id string) Commit { return Commit{Position: position(2), Accounts: []string{id}} }
	for name, test := range map[string]struct {
		commit Commit
		topics []Topic
	}{
		"a follower":            {begins, []Topic{stats, followers, gained}},
		"a follower is lost":    {ends, []Topic{stats, followers}},
		"a followed user":       {follows(2, "me", "x"), []Topic{stats}},
		"the other follows":     {follows(2, "other", "me"), []Topic{stats, followers, relations, gained}},
		"the other is followed": {follows(2, "me", "other"), []Topic{stats, relations}},
		"the account":           {created("me"), []Topic{stats, followers}},
		"the other's account":   {created("other"), []Topic{stats, relations}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := newHub(100_000)
				all := map[Kind]*Subscription{}
				for _, topic := range []Topic{stats, followers, relations, gained} {
					s, err := h.Subscribe(topic, commit.Position{}, func() {})
					require.NoError(t, err)
					all[topic.Kind] = s
				}
				h.Publish(test.commit)
				synctest.Wait()
				for lsn := uint64(3); lsn < 3000; lsn++ {
					h.Publish(follows(lsn, "a", "b"))
				}
				for kind, s := range all {
					e, err := s.Next()
					require.Nil(t, e)
					if slices.ContainsFunc(test.topics, func(t Topic) bool { return t.Kind == kind }) {
						require.ErrorIs(t, err, ErrGap, "%d", kind)
					} else {
						require.NoError(t, err, "%d", kind)
					}
				}
			})
		})
	}
}

// TestAPositionAheadOfTheInstance resumes with a position of another instance that is ahead. Commits up to it are not
// sent again.
func TestAPositionAheadOfTheInstance(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHub(1 << 20)
		woken := 0
		s, err := h.Subscribe(followersOf("star"), position(10), func() { woken++ })
		require.NoError(t, err)
		require.Equal(t, position(10), s.Position())
		h.Publish(follows(9, "a", "star"))
		h.Publish(follows(10, "b", "star"))
		synctest.Wait()
		require.Zero(t, woken)
		require.Equal(t, position(10), s.Position())
		h.Publish(follows(11, "c", "star"))
		synctest.Wait()
		require.Equal(t, 1, woken)
		e, err := s.Next()
		require.NoError(t, err)
		require.Equal(t, "c", e.Changes[0].Follower)
		require.Len(t, e.Changes, 1)
	})
}

// TestAPositionBeyondTheDatabase resumes with a position that no commit of the database has.
func TestAPositionBeyondTheDatabase(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHub(1 << 20)
		woken := 0
		subscribe := func(lsn uint64) *Subscription {
			s, err := h.Subscribe(followersOf("star"), position(lsn), func() { woken++ })
			require.NoError(t, err)
			return s
		}
		far, near := subscribe(1000), subscribe(10)
		h.Ends(position(5)) // may have been asked for before
		h.Ends(position(10))
		synctest.Wait()
		require.Equal(t, 1, woken)
		_, err := far.Next()
		require.ErrorIs(t, err, ErrGap)
		e, err := near.Next()
		require.NoError(t, err)
		require.Nil(t, e)
		h.Publish(follows(11, "a", "star"))
		synctest.Wait()
		require.Equal(t, 2, woken)
		h.Ends(position(20))
		subscribe(30).Close()
		require.Empty(t, h.ahead)
	})
}

// TestACommitLargerThanTheLog ends the subscriptions that it touches, and no other ones. Its memory is bounded too.
func TestACommitLargerThanTheLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const maxBytes = 200_000
		h := newHub(maxBytes)
		woken := 0
		subscribe := func(topic Topic, after commit.Position) *Subscription {
			s, err := h.Subscribe(topic, after, func() { woken++ })
			require.NoError(t, err)
			return s
		}
		first, last := subscribe(followersOf("star"), commit.Position{}), subscribe(Topic{Kind: Stats, Users: []string{"fan9999"}}, commit.Position{})
		account := subscribe(Topic{Kind: Relations, Users: []string{"new"}, Viewer: "me"}, commit.Position{})
		other := subscribe(followersOf("other"), commit.Position{})
		h.Publish(follows(2, "a", "other"))
		synctest.Wait()
		e, err := other.Next()
		require.NoError(t, err)
		other.Advance(e)
		woken = 0
		c := Commit{Position: position(3), Accounts: []string{"new"}}
		for n := range 10_000 {
			c.Changes = append(c.Changes, Change{Follower: "fan" + strconv.Itoa(n), Following: "star", Added: true})
		}
		h.Publish(c)
		synctest.Wait()
		require.Less(t, cap(h.log.users.table), 5_000)
		require.LessOrEqual(t, h.Status().Bytes, int64(maxBytes))
		require.Zero(t, h.Status().Changes)
		require.Equal(t, 3, woken)
		for _, s := range []*Subscription{first, last, account} {
			_, err := s.Next()
			require.ErrorIs(t, err, ErrGap)
		}
		h.Publish(follows(4, "b", "other"))
		e, err = other.Next()
		require.NoError(t, err)
		require.Equal(t, "b", e.Changes[0].Follower)
		_, err = h.Subscribe(followersOf("x"), position(2), func() {})
		require.ErrorIs(t, err, ErrGap)
		subscribe(followersOf("x"), position(3))
	})
}

// TestAtOnce publishes, subscribes, reads and closes from many goroutines.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	h := newHub(60_000)
	stop := make(chan struct{})
	var running sync.WaitGroup
	for n := range 8 {
		running.Go(func() {
			for round := 0; ; round++ {
				wakes := make(chan struct{}, 1)
				s, err := h.Subscribe([]Topic{
					followersOf("star"), {Kind: Stats, Users: []string{"a", "star"}}, {Kind: Gained, Viewer: "star"},
					{Kind: Relations, Viewer: "star", Users: []string{"a", "b"}},
				}[(n+round)%4], commit.Position{}, func() {
					select {
					case wakes <- struct{}{}:
					default:
					}
				})
				for reads := 0; err == nil && reads < 20; reads++ {
					select {
					case <-wakes:
					case <-stop:
						s.Close()
						return
					}
					var e *Event
					for e, err = s.Next(); e != nil; e, err = s.Next() {
						s.Advance(e)
					}
				}
				if s != nil {
					s.Position()
					s.Close()
				}
			}
		})
	}
	for lsn := uint64(2); lsn < 20_000; lsn++ {
		c := follows(lsn, "a", "star", strconv.Itoa(int(lsn)), "b")
		if lsn%1000 == 0 {
			h.Interrupt()
		}
		c.Lost = lsn%700 == 0
		h.Publish(c)
		if lsn%50 == 0 {
			runtime.Gosched()
			h.Status()
		}
	}
	close(stop)
	running.Wait()
	require.Zero(t, h.Status().Subscriptions)
}

// TestBytesEqualHeap compares the memory that a full log reports with the heap.
func TestBytesEqualHeap(t *testing.T) {
	for name, commits := range map[string]func(uint64) Commit{
		"cold": func(lsn uint64) Commit { return follows(lsn, uuid(2*lsn), uuid(2*lsn+1)) },
		"warm": func(lsn uint64) Commit { return follows(lsn, uuid(lsn%997), uuid(lsn%9973)) },
		"hot":  func(lsn uint64) Commit { return follows(lsn, uuid(lsn%17), uuid(0)) },
	} {
		const maxBytes = 16 << 20
		before := heap()
		h := newHub(maxBytes)
		lsn := uint64(1)
		for range 400_000 {
			lsn++
			h.Publish(commits(lsn))
		}
		s := h.Status()
		taken := heap() - before
		require.LessOrEqual(t, s.Bytes, int64(maxBytes))
		require.InEpsilon(t, s.Bytes, taken, 0.2, "%s: %d changes", name, s.Changes)
		t.Logf("%s: %d changes in %d bytes, the heap has %d: %d each", name, s.Changes, s.Bytes, taken, taken/int64(s.Changes))
		runtime.KeepAlive(h)
	}
}

// uuid returns a new text that has the form of a Cognito id.
func uuid(n uint64) string {
	text := "00000000-0000-4000-8000-000000000000"
	number := strconv.FormatUint(n, 10)
	return text[:len(text)-len(number)] + number
}

// heap returns the live heap in bytes.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int64(s.HeapAlloc)
}
