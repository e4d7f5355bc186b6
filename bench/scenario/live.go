package scenario

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"followgraph/internal/globalid"
)

// LiveOptions configure Live.
type LiveOptions struct {
	Kills   int // of instances
	Changes int // that all subscribers together receive at least
	Writers int
	Longest time.Duration // between the time that all instances answer from memory and a kill
}

// LiveReport is the result of Live.
type LiveReport struct {
	Kills, Subscribers int
	Committed          int // changes of the users that are watched
	Received           int // by all subscribers
	Resumed            int // subscriptions that continued on another instance
	Lost, Twice        int // changes
	Disordered         int // subscribers with another order than others, or with an impossible one
	Expired            int // subscriptions that could not be continued
	Elapsed            time.Duration
}

func (r *LiveReport) String() string {
	return fmt.Sprintf("%d kills; %d changes committed; %d subscribers received %d, and resumed %d times: %d lost, %d twice, %d in another order, %d could not resume (%s)",
		r.Kills, r.Committed, r.Subscribers, r.Received, r.Resumed, r.Lost, r.Twice, r.Disordered, r.Expired, r.Elapsed.Round(time.Second))
}

// The subscribers of Live.
const (
	liveInstances  = 3
	liveUsers      = 4 // that are watched
	liveSubscribed = 3 // subscribers of each of them
)

// Live writes by three instances and by SQL, while subscribers watch the followers of some users by server-sent events. It
// kills instances. Subscribers leave from time to time, and resume on another instance with their last position. In the
// end each subscriber must have each change once, and all subscribers of a user the same order.
func Live(ctx context.Context, w *World, o LiveOptions) (_ *LiveReport, err error) {
	defer func() { err = errors.Join(err, w.stopInstances()) }()
	for range liveInstances {
		i, err := w.startInstance(ctx, w.Postgres.URL())
		if err != nil {
			return nil, err
		}
		if err := i.awaitMemory(ctx); err != nil {
			return nil, err
		}
	}
	l := &living{World: w, o: o, report: &LiveReport{Subscribers: liveUsers * liveSubscribed}, watched: w.users[:liveUsers]}
	if err := l.recordCommits(ctx); err != nil {
		return nil, err
	}
	began := time.Now()
	stop, err := l.subscribe(ctx)
	if err == nil {
		err = l.writeBesideKills(ctx)
	}
	if err == nil {
		err = l.awaitAll(ctx)
	}
	if err = errors.Join(err, stop()); err != nil {
		return nil, err
	}
	l.report.Elapsed = time.Since(began)
	return l.report, l.compare(ctx)
}

// living is one run of Live.
type living struct {
	*World
	o           LiveOptions
	report      *LiveReport
	watched     []string
	subscribers []*subscriber
	expired     atomic.Int64
	resumed     atomic.Int64
}

// recordCommits makes PostgreSQL record the changes of the watched users in a table, in the same transaction.
func (l *living) recordCommits(ctx context.Context) error {
	return l.Postgres.exec(ctx,
		`CREATE TABLE committed (id bigint, added boolean, follower_id text, following_id text)`,
		`CREATE FUNCTION record_commit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
			INSERT INTO public.committed VALUES (coalesce(new.id, old.id), new.id IS NOT NULL,
				coalesce(new.follower_id, old.follower_id), coalesce(new.following_id, old.following_id));
			RETURN NULL; END $$`,
		`CREATE TRIGGER record_commit AFTER INSERT OR DELETE ON user_follows FOR EACH ROW EXECUTE FUNCTION record_commit()`)
}

// subscribe starts the subscribers, and returns when each has a position. The function that it returns ends them.
func (l *living) subscribe(ctx context.Context) (stop func() error, err error) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}}
	var errs []error
	for n := range liveUsers * liveSubscribed {
		s := &subscriber{world: l, client: client, random: l.randomOf(1000 + n), user: l.watched[n%liveUsers], began: make(chan struct{})}
		l.subscribers = append(l.subscribers, s)
		errs = append(errs, nil)
		running.Go(func() { errs[n] = s.run(ctx, n%liveInstances) })
	}
	stop = func() error {
		cancel()
		running.Wait()
		client.CloseIdleConnections()
		return errors.Join(errs...)
	}
	for _, s := range l.subscribers {
		select {
		case <-s.began:
		case <-time.After(memoryLimit):
			return stop, errors.New("a subscription does not begin")
		}
	}
	return stop, nil
}

// writeBesideKills writes until there were enough kills and changes.
func (l *living) writeBesideKills(ctx context.Context) error {
	writing, cancel := context.WithCancel(ctx)
	var writers sync.WaitGroup
	defer writers.Wait()
	defer cancel()
	for n := range l.o.Writers {
		random := l.randomOf(n)
		writers.Go(func() { l.write(writing, random) })
	}
	foreign := make(chan error, 1)
	writers.Go(func() { foreign <- l.writeSQL(writing, l.randomOf(500)) })
	for range l.o.Kills {
		for _, i := range l.instances {
			if err := i.awaitMemory(ctx); err != nil {
				return fmt.Errorf("memory does not answer again: %w", err)
			}
		}
		if err := pause(ctx, time.After(time.Duration(l.random.Int64N(int64(l.o.Longest)+1)))); err != nil {
			return err
		}
		if err := l.instances[l.random.IntN(len(l.instances))].Kill(ctx); err != nil {
			return err
		}
		l.report.Kills++
		l.logf("%d kills, %d changes received", l.report.Kills, l.received())
	}
	if err := await(ctx, func() (bool, error) { return l.received() >= l.o.Changes, nil }); err != nil {
		return err
	}
	cancel()
	return <-foreign
}

func (l *living) received() (n int) {
	for _, s := range l.subscribers {
		n += s.count()
	}
	return n
}

// write follows and unfollows the watched users on all instances. Some of the mutations fail because of kills.
func (l *living) write(ctx context.Context, random *rand.Rand) {
	for ctx.Err() == nil {
		i := l.instances[random.IntN(len(l.instances))]
		follower, following := l.users[liveUsers+random.IntN(len(l.users)-liveUsers)], l.watched[random.IntN(liveUsers)]
		if _, err := i.follow(ctx, follower, globalid.User(following), random.IntN(2) == 0); err != nil {
			_ = pause(ctx, time.After(poll))
		}
	}
}

// writeSQL does the same as another program does, with several changes in each transaction.
func (l *living) writeSQL(ctx context.Context, random *rand.Rand) error {
	conn, err := l.Postgres.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for n := 0; ; n++ {
		if pause(ctx, tick.C) != nil {
			return nil
		}
		following := l.watched[random.IntN(liveUsers)]
		sql := `INSERT INTO user_follows (follower_id, following_id) SELECT 'foreign-' || n, $2 FROM generate_series($1, $1 + 9) n ON CONFLICT DO NOTHING`
		if random.IntN(2) == 0 {
			sql = `DELETE FROM user_follows WHERE following_id = $2 AND follower_id IN (SELECT 'foreign-' || n FROM generate_series($1, $1 + 9) n)`
		}
		if _, err := conn.Exec(ctx, sql, random.IntN(40), following); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
	}
}

// awaitAll waits until each subscriber has as many changes as were committed for its user. It is no error if that never
// happens: compare counts what is lost.
func (l *living) awaitAll(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, memoryLimit)
	defer cancel()
	committed, err := l.committed(ctx)
	if err != nil {
		return err
	}
	_ = await(ctx, func() (bool, error) {
		return !slices.ContainsFunc(l.subscribers, func(s *subscriber) bool { return s.count() < len(committed[s.user]) }), nil
	})
	return nil
}

// committed returns the changes that were committed, by user.
func (l *living) committed(ctx context.Context) (map[string][]liveChange, error) {
	rows, err := query[string](ctx, l.Postgres, `SELECT format('%s %s %s %s', id, added::int, follower_id, following_id) FROM committed WHERE following_id = ANY($1)`, l.watched)
	if err != nil {
		return nil, err
	}
	changes := map[string][]liveChange{}
	for _, row := range rows {
		var c liveChange
		var added int
		var user string
		if _, err := fmt.Sscan(row, &c.row, &added, &c.follower, &user); err != nil {
			return nil, err
		}
		c.added, c.follower = added == 1, globalid.User(c.follower)
		changes[user] = append(changes[user], c)
	}
	return changes, nil
}

// compare counts the faults of what the subscribers have received.
func (l *living) compare(ctx context.Context) error {
	committed, err := l.committed(ctx)
	if err != nil {
		return err
	}
	r := l.report
	r.Expired, r.Resumed = int(l.expired.Load()), int(l.resumed.Load())
	for _, changes := range committed {
		r.Committed += len(changes)
	}
	for n, s := range l.subscribers {
		r.Received += len(s.changes)
		times := map[liveChange]int{}
		for _, c := range s.changes {
			times[c]++
		}
		for _, c := range committed[s.user] {
			if times[c] == 0 {
				r.Lost++
			}
			r.Twice += max(0, times[c]-1)
			delete(times, c)
		}
		if len(times) > 0 {
			return fmt.Errorf("%d changes were received and never committed", len(times))
		}
		if !slices.Equal(s.changes, l.subscribers[n%liveUsers].changes) || !alternate(s.changes) {
			r.Disordered++
		}
	}
	return nil
}

// alternate reports whether each follower begins and ends to follow by turns, and each end is that of the last begin.
func alternate(changes []liveChange) bool {
	last := map[string]liveChange{}
	for _, c := range changes {
		if before, ok := last[c.follower]; ok && (before.added == c.added || !c.added && c.row != before.row) {
			return false
		}
		last[c.follower] = c
	}
	return true
}

// liveChange is a change of the followers of a user.
type liveChange struct {
	row      int64 // id of the follow
	added    bool
	follower string // global id
}

func (c liveChange) String() string { return strconv.FormatInt(c.row, 10) }
