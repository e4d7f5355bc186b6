package mirror

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/commit"
	"followgraph/internal/live"
	"followgraph/internal/model"
	"followgraph/internal/page"
)

const testHistory = 8 << 20

// startLive makes an instance run whose commits go to a hub.
func startLive(t *testing.T, url string, adjust func(*Options)) (*instance, *live.Hub) {
	t.Helper()
	hub := live.New(live.Options{MaxBytes: testHistory})
	i := start(t, url, func(o *Options) {
		o.Live = hub
		if adjust != nil {
			adjust(o)
		}
	})
	return i, hub
}

// subscriber reads a topic.
type subscriber struct {
	t     *testing.T
	topic live.Topic
	sub   *live.Subscription
	woken chan struct{}
	last  commit.Position
}

func subscribe(t *testing.T, hub *live.Hub, topic live.Topic, after commit.Position) *subscriber {
	t.Helper()
	s := &subscriber{t: t, topic: topic, woken: make(chan struct{}, 1)}
	require.NoError(t, s.on(hub, after))
	return s
}

// on begins the subscription, or continues it on another hub.
func (s *subscriber) on(hub *live.Hub, after commit.Position) (err error) {
	if s.sub != nil {
		s.sub.Close()
	}
	s.sub, err = hub.Subscribe(s.topic, after, func() {
		select {
		case s.woken <- struct{}{}:
		default:
		}
	})
	if err == nil {
		s.last = s.sub.Position()
	}
	return err
}

// next waits for the next event.
func (s *subscriber) next(ctx context.Context) (*live.Event, error) {
	for {
		e, err := s.sub.Next()
		if e != nil || err != nil {
			if e != nil {
				s.sub.Advance(e)
				s.last = e.Position
			}
			return e, err
		}
		select {
		case <-s.woken:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// must returns the next event.
func (s *subscriber) must() *live.Event {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), testTimeout)
	defer cancel()
	e, err := s.next(ctx)
	require.NoError(s.t, err)
	return e
}

// gap waits for the end of the subscription.
func (s *subscriber) gap() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), testTimeout)
	defer cancel()
	for {
		if _, err := s.next(ctx); err != nil {
			require.ErrorIs(s.t, err, live.ErrGap)
			return
		}
	}
}

// described returns changes as text.
func described(all []live.Change) (texts []string) {
	for _, c := range all {
		sign := "-"
		if c.Added {
			sign = "+"
		}
		texts = append(texts, sign+c.Follower+">"+c.Following)
	}
	return texts
}

func counts(users ...string) live.Topic { return live.Topic{Kind: live.Stats, Users: users} }

func followersOf(user string) live.Topic {
	return live.Topic{Kind: live.Followers, Users: []string{user}}
}

// TestEverySubscriberGetsEveryChangeOnce writes by two instances, by an instance without memory and by SQL. Subscribers of
// both instances, and one that moves from one to the other after each event, get the same changes in the same order, and
// each one once.
func TestEverySubscriberGetsEveryChangeOnce(t *testing.T) {
	t.Parallel()
	url, conn := graphOf(t)
	exec(t, conn, `CREATE TABLE truth (n bigserial, id bigint, added bool, follower text)`)
	exec(t, conn, `CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF coalesce(new.following_id, old.following_id) = 'n0' THEN
			INSERT INTO truth (id, added, follower) VALUES (coalesce(new.id, old.id), new.id IS NOT NULL, coalesce(new.follower_id, old.follower_id));
		END IF;
		RETURN NULL; END $$`)
	exec(t, conn, `CREATE TRIGGER note AFTER INSERT OR DELETE ON user_follows FOR EACH ROW EXECUTE FUNCTION note()`)
	one, hub1 := startLive(t, url, nil)
	two, hub2 := startLive(t, url, nil)
	hubs := []*live.Hub{hub1, hub2}
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	defer cancel()

	got := make([][]live.Change, 3)
	var moves atomic.Int64
	var reading sync.WaitGroup
	for n := range got {
		s := subscribe(t, hubs[n%2], followersOf("n0"), commit.Position{})
		reading.Go(func() {
			for !slices.ContainsFunc(got[n], func(c live.Change) bool { return c.Follower == "last" }) {
				e, err := s.next(ctx)
				if err != nil {
					t.Error(err)
					break
				}
				got[n] = append(got[n], e.Changes...)
				if n == 2 {
					if err := s.on(hubs[moves.Add(1)%2], s.last); err != nil {
						t.Error(err)
						break
					}
				}
			}
			s.sub.Close()
		})
	}

	var writing sync.WaitGroup
	const rounds = 40
	for n, i := range []*instance{one, two} {
		writing.Go(func() {
			for round := range rounds {
				user := fmt.Sprint("n", 1+(n*4+round)%9)
				if _, err := i.store.Follow(ctx, follow(user, "n0")); err != nil {
					t.Error(err)
				}
				if _, err := i.store.Unfollow(ctx, follow(fmt.Sprint("n", 1+(n+round*5)%9), "n0")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	const wantMoves = 10
	foreign := connect(t, url)
	writing.Go(func() {
		// A busy machine merges many changes into an event.
		for round := 0; round < rounds || moves.Load() <= wantMoves && ctx.Err() == nil; round++ {
			id := fmt.Sprint("x", round)
			for _, sql := range []string{
				`INSERT INTO user_follows (follower_id, following_id) VALUES ($1, 'n0'), ($1, 'n1')`,
				`DELETE FROM user_follows WHERE follower_id = $1`,
			} {
				if _, err := foreign.Exec(ctx, sql, id); err != nil {
					t.Error(err)
				}
			}
		}
	})
	writing.Wait()

	exec(t, conn, `INSERT INTO user_follows (follower_id, following_id) VALUES ('last', 'n0')`)
	reading.Wait()
	var truth int
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM truth`).Scan(&truth))
	for n := range got {
		require.Len(t, got[n], truth)
		require.Equal(t, got[0], got[n])
	}
	require.Greater(t, moves.Load(), int64(wantMoves))
	holds := map[string]int64{}
	for _, c := range got[0] {
		if c.Added {
			require.NotContains(t, holds, c.Follower)
			holds[c.Follower] = c.ID
		} else {
			require.Equal(t, holds[c.Follower], c.ID)
			delete(holds, c.Follower)
		}
	}
}

// TestLiveChanges commits by SQL, as other programs do, and reads the events.
func TestLiveChanges(t *testing.T) {
	t.Parallel()
	url, conn := graphOf(t)
	i, hub := startLive(t, url, func(o *Options) { o.Stream.Part = 50 })
	followers, stats := subscribe(t, hub, followersOf("n0"), commit.Position{}), subscribe(t, hub, counts("n0", "n1", "n2"), commit.Position{})
	relations := subscribe(t, hub, live.Topic{Kind: live.Relations, Users: []string{"n1", "n2", "n3"}, Viewer: "n0"}, commit.Position{})
	gained := subscribe(t, hub, live.Topic{Kind: live.Gained, Viewer: "n0"}, commit.Position{})

	exec(t, conn, `INSERT INTO user_follows (follower_id, following_id, created_at) VALUES ('n1', 'n0', '2020-01-02T03:04:05.000006Z'), ('n0', 'n9', now())`)
	e := followers.must()
	require.Equal(t, []string{"+n1>n0"}, described(e.Changes))
	edges, err := e.Version.Pages(t.Context(), []model.ConnectionKey{followersKey("n0")})
	require.NoError(t, err)
	require.Len(t, edges[0], 1)
	require.Equal(t, edges[0][0].Position.Timestamp(), e.Changes[0].StartedAt)
	require.Equal(t, edges[0][0].Position.ID, e.Changes[0].ID)
	require.Equal(t, e.Position, e.Version.Position())
	require.Equal(t, []string{"n0", "n1"}, stats.must().Users)
	require.Equal(t, []string{"n1"}, relations.must().Users)
	require.Equal(t, []string{"+n1>n0"}, described(gained.must().Changes))

	// An update of the time is a loss and a gain, one that changes nothing is neither.
	exec(t, conn, `UPDATE user_follows SET created_at = created_at`)
	exec(t, conn, `UPDATE user_follows SET created_at = '2021-01-01' WHERE follower_id = 'n1'`)
	require.Equal(t, []string{"-n1>n0", "+n1>n0"}, described(followers.must().Changes))
	require.Equal(t, []string{"+n1>n0"}, described(gained.must().Changes))

	// A transaction in several parts, which also takes back what it did.
	exec(t, conn, `BEGIN`)
	for n := range 60 {
		exec(t, conn, `INSERT INTO user_follows (follower_id, following_id) VALUES ($1, 'n0')`, fmt.Sprintf("y%02d", n))
	}
	exec(t, conn, `DELETE FROM user_follows WHERE follower_id = 'y00'`)
	exec(t, conn, `COMMIT`)
	e = followers.must()
	require.Len(t, e.Changes, 61)
	require.Equal(t, "-y00>n0", described(e.Changes)[60])
	require.Len(t, gained.must().Changes, 60)

	// An account is deleted and made again, and moves to another id.
	stats.must()
	relations.must()
	exec(t, conn, `DELETE FROM users WHERE cognito_id = 'n2'`)
	require.Equal(t, []string{"n2"}, stats.must().Users)
	e = relations.must()
	require.Equal(t, []string{"n2"}, e.Users)
	users, err := e.Version.Users(t.Context(), []model.UserKey{{CognitoID: "n2"}})
	require.NoError(t, err)
	require.Nil(t, users[0])
	exec(t, conn, `INSERT INTO users (cognito_id, username, phone_number, password_hash) VALUES ('n2', 'again', '+9992', '!')`)
	require.Equal(t, []string{"n2"}, stats.must().Users)
	exec(t, conn, `UPDATE users SET username = 'renamed' WHERE cognito_id = 'n2'`) // no change of a topic
	exec(t, conn, `UPDATE users SET cognito_id = 'moved' WHERE cognito_id = 'n2'`)
	e = stats.must()
	require.Equal(t, []string{"n2"}, e.Users)
	require.Equal(t, e.First, e.Last)
	exec(t, conn, `BEGIN; DELETE FROM users WHERE cognito_id = 'n1';
		INSERT INTO users (cognito_id, username, phone_number, password_hash) VALUES ('n1', 'same', '+9991', '!'); COMMIT`)

	// The service's own deletion of an account with followers.
	deleted, err := i.store.DeleteAccount(t.Context(), "n0")
	require.NoError(t, err)
	require.True(t, deleted)
	var lost []live.Change
	gone := false
	for len(lost) < 60 || !gone {
		e = followers.must()
		lost, gone = append(lost, e.Changes...), gone || slices.Equal(e.Users, []string{"n0"})
	}
	require.Len(t, lost, 60)
	require.False(t, lost[0].Added)
	rest, err := gained.sub.Next()
	require.NoError(t, err)
	require.Nil(t, rest, "a follower who is lost, or the end of the account, is none that is gained")
}

func followersKey(id string) model.ConnectionKey {
	key := model.ConnectionKey{Kind: page.Followers, User: id}
	key.Page.Limit = 10
	return key
}

// TestAnEventIsReadAtItsVersion reads an old version after a later commit, by an operation that also writes.
func TestAnEventIsReadAtItsVersion(t *testing.T) {
	t.Parallel()
	url, _ := graphOf(t)
	i, hub := startLive(t, url, nil)
	s := subscribe(t, hub, counts("n0"), commit.Position{})
	write(t, url, "n1", "n0")
	e := s.must()
	write(t, url, "n2", "n0")
	s.must()
	ctx := i.At(t.Context(), e.Version)
	count, err := i.count(ctx, "n0")
	require.NoError(t, err)
	require.Equal(t, 1, count)
	i.ReadSQL(ctx)
	count, err = i.count(ctx, "n0")
	require.NoError(t, err)
	require.Equal(t, 1, count)
	position, age := readOf(ctx).End(ctx)
	require.Equal(t, e.Position.String(), position)
	require.Zero(t, age)
}

// TestWithoutMemoryNothingIsLive subscribes before the graph is loaded and after it was dropped.
func TestWithoutMemoryNothingIsLive(t *testing.T) {
	t.Parallel()
	url, _ := graphOf(t)
	hub := live.New(live.Options{MaxBytes: testHistory})
	i := newInstance(t, url, func(o *Options) { o.Live = hub })
	_, err := hub.Subscribe(counts("n0"), commit.Position{}, func() {})
	require.ErrorIs(t, err, live.ErrUnavailable)
	i.run(t)
	i.waitFor(t, true)
	s := subscribe(t, hub, counts("n0"), commit.Position{})
	i.drop(TooLarge)
	s.gap()
	_, err = hub.Subscribe(counts("n0"), s.last, func() {})
	require.ErrorIs(t, err, live.ErrUnavailable)
}
