package live

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/commit"
	"followgraph/internal/resident"
	"followgraph/internal/timestamp"
)

const testUsers = 12

func name(n int) string { return fmt.Sprintf("u%02d", n) }

func position(lsn uint64) commit.Position { return commit.Position{System: 7, Timeline: 1, LSN: lsn} }

func version(at commit.Position) *resident.Version { return resident.NewBuilder().Graph(at).Version() }

// model is two hubs that get the same commits, as two instances on one database do, and subscriptions that move between
// them.
type model struct {
	t                           *testing.T
	random                      *rand.Rand
	hubs                        [2]*Hub
	oracle                      oracle
	head                        commit.Position
	nextID                      int64
	from                        [2]uint64 // LSNs of the commits at which the logs began
	clients                     []*client
	events, gaps, resumed, more int
}

// client owns one subscription.
type client struct {
	hub    int
	topic  Topic
	cursor uint64
	sub    *Subscription
	lazy   bool // whether the log is often too short for it
	awake  bool // whether it was woken, or has not yet called Next until nil
}

func (m *model) topic() Topic {
	users := m.random.Perm(testUsers)[:1+m.random.IntN(4)]
	slices.Sort(users)
	ids := make([]string, len(users))
	for i, n := range users {
		ids[i] = name(n)
	}
	switch kind := Kind(m.random.IntN(4)); kind {
	case Stats:
		return Topic{Kind: kind, Users: ids}
	case Relations:
		return Topic{Kind: kind, Users: ids, Viewer: name(m.random.IntN(testUsers))}
	case Followers:
		return Topic{Kind: kind, Users: ids[:1]}
	default:
		return Topic{Kind: kind, Viewer: ids[0]}
	}
}

// commit makes a commit of any kind.
func (m *model) commit() Commit {
	m.head.LSN += 1 + m.random.Uint64N(40)
	c := Commit{Position: m.head, Version: version(m.head), At: time.Unix(0, int64(m.head.LSN)*1e6)}
	n := m.random.IntN(4)
	hot := -1
	switch m.random.IntN(100) {
	case 0:
		n, hot = 90+m.random.IntN(30), 0
	case 1:
		n, hot = MaxCommitChanges-1+m.random.IntN(3), 1
	case 2:
		c.Lost = m.random.IntN(4) == 0
	}
	for range n {
		follower, following := m.random.IntN(testUsers), m.random.IntN(testUsers)
		if hot >= 0 {
			following = hot
		}
		if m.random.IntN(3) == 0 {
			following = m.random.IntN(2)
			if hot >= 0 {
				following = hot
			}
		}
		m.nextID++
		c.Changes = append(c.Changes, Change{name(follower), name(following), timestamp.Timestamp(m.nextID), m.nextID, m.random.IntN(3) > 0})
	}
	if m.random.IntN(5) == 0 {
		c.Accounts = append(c.Accounts, name(m.random.IntN(testUsers)))
	}
	return c
}

// publish gives a commit to both hubs. One of them may be interrupted before it, and begins with it.
func (m *model) publish() {
	c := m.commit()
	m.oracle.commits = append(m.oracle.commits, c)
	for i, hub := range m.hubs {
		if m.random.IntN(300) == 0 {
			hub.Interrupt()
			require.Equal(m.t, int64(0), hub.Status().Bytes)
		}
		if c.Lost || !hub.log.began {
			m.from[i] = c.Position.LSN
		}
		hub.Publish(c)
		if m.random.IntN(4) == 0 { // a position between two commits, which the other hub does not have
			between := c.Position
			between.LSN++
			m.head = between
			hub.Publish(Commit{Position: between, Version: version(between)})
		}
	}
	synctest.Wait()
}

// start returns the LSN after which a hub knows all commits.
func (m *model) start(hub int) uint64 { return max(m.from[hub], m.hubs[hub].log.start) }

func (m *model) subscribe(c *client, after commit.Position) {
	hub := m.hubs[c.hub]
	sub, err := hub.Subscribe(c.topic, after, func() { c.awake = true })
	if after.IsZero() {
		require.NoError(m.t, err)
		c.cursor = hub.log.head.LSN
	} else if c.cursor = after.LSN; after.LSN < m.start(c.hub) {
		require.ErrorIs(m.t, err, ErrGap)
		m.gaps++
		m.subscribe(c, commit.Position{})
		return
	} else {
		require.NoError(m.t, err)
		m.resumed++
	}
	c.sub, c.awake = sub, true
}

// read calls Next some times, and compares the events with those of the oracle.
func (m *model) read(c *client) {
	hub := m.hubs[c.hub]
	for m.random.IntN(10) > 0 {
		expected, tooLarge := m.oracle.next(c.topic, c.cursor, hub.log.head)
		got, err := c.sub.Next()
		missed := m.oracle.hits(c.topic, c.cursor, m.start(c.hub)) || c.cursor < m.from[c.hub]
		if err != nil {
			require.ErrorIs(m.t, err, ErrGap)
			require.Nil(m.t, got)
			require.True(m.t, missed || tooLarge || expected != nil && (c.topic.Kind == Gained || c.topic.Kind == Relations),
				"a gap of %v that is none", c.topic)
			require.Zero(m.t, c.sub.Position())
			m.gaps++
			m.subscribe(c, commit.Position{})
			return
		}
		require.False(m.t, missed || tooLarge, "a silent gap of %v", c.topic)
		if expected == nil {
			require.Nil(m.t, got)
			require.Equal(m.t, max(c.cursor, hub.log.head.LSN), c.sub.Position().LSN)
			c.awake = false
			return
		}
		require.NotNil(m.t, got, "%v after %d lacks %v", c.topic, c.cursor, expected)
		require.Equal(m.t, hub.log.head, got.Version.Position())
		require.True(m.t, expected.CommittedAt.Equal(got.CommittedAt))
		if len(got.Changes) == 0 {
			got.Changes = nil
		}
		expected.Version, expected.CommittedAt = got.Version, got.CommittedAt
		require.Equal(m.t, expected, got, "%v", c.topic)
		at := c.sub.Position()
		require.GreaterOrEqual(m.t, at.LSN, c.cursor)
		require.Less(m.t, at.LSN, got.First)
		c.sub.Advance(got)
		c.cursor = got.Position.LSN
		m.events++
		if got.More {
			m.more++
		}
	}
}

// step reads, ends or moves a subscription.
func (m *model) step(c *client) {
	if c.lazy && m.random.IntN(5) > 0 {
		return
	}
	switch m.random.IntN(12) {
	case 0: // resume elsewhere, from the last event or from the position for pings
		after := position(c.cursor)
		if at := c.sub.Position(); m.random.IntN(2) == 0 && !at.IsZero() {
			require.False(m.t, m.oracle.hits(c.topic, c.cursor, at.LSN), "the position skips an event")
			after = at
		}
		c.sub.Close()
		c.sub.Close()
		got, err := c.sub.Next()
		require.NoError(m.t, err)
		require.Nil(m.t, got)
		c.hub = 1 - c.hub
		m.subscribe(c, after)
	case 1:
		c.sub.Close()
		c.topic = m.topic()
		m.subscribe(c, commit.Position{})
	case 2, 3, 4, 5:
		m.read(c)
	}
}

// TestEventsEqualThoseOfAScan makes random commits on two hubs with small logs, whose subscriptions are read late, end,
// and resume on the other hub. A scan of all commits says which events there are.
func TestEventsEqualThoseOfAScan(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := &model{t: t, random: rand.New(rand.NewPCG(seed, 0)), head: position(100)}
				for i := range m.hubs {
					m.hubs[i] = New(Options{MaxBytes: 150_000 + 30_000*int64(m.random.IntN(3))})
				}
				m.publish()
				for n := range 30 {
					c := &client{hub: m.random.IntN(2), topic: m.topic(), lazy: n%3 == 0}
					m.subscribe(c, commit.Position{})
					m.clients = append(m.clients, c)
				}
				for range 2_000 {
					m.publish()
					for _, c := range m.clients {
						if c.lazy && m.random.IntN(100) > 0 {
							continue // the oracle would scan all that it has not read
						}
						hub := m.hubs[c.hub]
						expected, tooLarge := m.oracle.next(c.topic, c.cursor, hub.log.head)
						if gone := c.cursor < m.from[c.hub]; expected != nil && expected.First <= hub.log.head.LSN || tooLarge || gone {
							require.True(t, c.awake, "%v after %d was not woken", c.topic, c.cursor)
						}
						m.step(c)
					}
				}
				m.check()
				for _, c := range m.clients {
					c.sub.Close()
				}
				m.checkEmpty()
				t.Logf("%d events, %d of them with more to come, %d gaps, %d resumed", m.events, m.more, m.gaps, m.resumed)
				require.Positive(t, min(m.events, m.gaps, m.resumed, m.more))
			})
		})
	}
}

// check counts what the hubs have.
func (m *model) check() {
	for _, hub := range m.hubs {
		log, s := &hub.log, hub.Status()
		require.LessOrEqual(m.t, s.Bytes, log.maxBytes)
		records := uint32(0)
		lists := int64(0)
		for _, u := range log.users.table {
			if u != nil {
				records += u.records
				lists += u.in.bytes() + u.out.bytes() + u.accounts.bytes()
			}
		}
		named := 0
		for i := log.records.begin; i < log.records.end; i++ {
			if named++; log.records.at(i).what != account {
				named++
			}
		}
		require.EqualValues(m.t, named, records)
		require.Equal(m.t, lists, log.lists)
	}
}

// checkEmpty checks that hubs without subscriptions and log have no users.
func (m *model) checkEmpty() {
	for _, hub := range m.hubs {
		require.Zero(m.t, hub.Status().Subscriptions)
		for hub.log.commits.len() > 0 {
			hub.log.evict()
		}
		require.Empty(m.t, hub.log.users.byID)
		require.Zero(m.t, hub.log.users.bytes)
		require.Zero(m.t, hub.log.lists)
		require.Len(m.t, hub.log.users.free, len(hub.log.users.table))
		require.Less(m.t, hub.log.bytes(), int64(math.MaxInt32))
	}
}
