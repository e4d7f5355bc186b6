package scenario

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"followgraph/bench/process"
)

// MemoryOptions configure Memory.
type MemoryOptions struct {
	Rate    int // of follows and unfollows a second
	Writers int
	Churn   time.Duration
}

// MemoryReport is the result of Memory. Heaps are those in use after a garbage collection.
type MemoryReport struct {
	Users, Follows int
	SQL            heap // of a server with --graph=sql
	Loaded         heap // with the graph
	Churned        heap // after the churn
	Reloaded       heap // of another process, which loads what the churn has left
	UsersAlone     heap // with the users, without any follow
	ChurnedFollows int
	Written        int
	Churn          time.Duration
	Start          time.Duration // until memory answers
	StartSQL       time.Duration // until a server with --graph=sql answers
}

// heap is the memory of a server in bytes.
type heap struct {
	inUse int64
	process.Memory
}

func (r *MemoryReport) String() string {
	perFollow := func(h heap, follows int) float64 { return float64(h.inUse-r.UsersAlone.inUse) / float64(follows) }
	load := r.Start - r.StartSQL
	return fmt.Sprintf(`%d users and %d follows
  loaded in %s, %.0f follows a second (%s from the start until memory answers)
  a follow takes %.1f bytes after the load, a user %.0f bytes
  a follow takes %.1f bytes after %.0f follows and unfollows a second for %s, and %.1f bytes after a new load
  resident MiB: %d with --graph=sql, %d after the load (%d at most), %d after the churn (%d at most)`,
		r.Users, r.Follows, load.Round(time.Millisecond), float64(r.Follows)/load.Seconds(), r.Start.Round(time.Millisecond),
		perFollow(r.Loaded, r.Follows), float64(r.UsersAlone.inUse-r.SQL.inUse)/float64(r.Users),
		perFollow(r.Churned, r.ChurnedFollows), float64(r.Written)/r.Churn.Seconds(), r.Churn.Round(time.Second), perFollow(r.Reloaded, r.ChurnedFollows),
		r.SQL.Now>>20, r.Loaded.Now>>20, r.Loaded.Peak>>20, r.Churned.Now>>20, r.Churned.Peak>>20)
}

// Memory measures what the graph takes in memory, after a load and after a churn, and how long the load takes. It
// removes all follows at the end.
func Memory(ctx context.Context, w *World, o MemoryOptions) (_ *MemoryReport, err error) {
	defer func() { err = errors.Join(err, w.stopInstances()) }()
	r := &MemoryReport{Users: len(w.users)}
	if r.SQL, r.StartSQL, err = w.measureStart(ctx, "--graph=sql"); err != nil {
		return nil, err
	}
	if r.Follows, err = w.countFollows(ctx); err != nil {
		return nil, err
	}
	if r.Loaded, r.Start, err = w.measureStart(ctx); err != nil {
		return nil, err
	}
	i, err := w.startInstance(ctx, w.Postgres.URL(), "--profiling")
	if err != nil {
		return nil, err
	}
	if err := i.awaitMemory(ctx); err != nil {
		return nil, err
	}
	began := time.Now()
	if r.Written, err = w.churnBySQL(ctx, o); err != nil {
		return nil, err
	}
	r.Churn = time.Since(began)
	if err := i.catchUp(ctx); err != nil {
		return nil, err
	}
	if r.Churned, err = i.heap(ctx); err != nil {
		return nil, err
	}
	if r.ChurnedFollows, err = w.countFollows(ctx); err != nil {
		return nil, err
	}
	if r.Reloaded, _, err = w.measureStart(ctx); err != nil {
		return nil, err
	}
	if err := w.Postgres.exec(ctx, "TRUNCATE user_follows, user_follow_stats"); err != nil {
		return nil, err
	}
	r.UsersAlone, _, err = w.measureStart(ctx)
	return r, err
}

// churnBySQL follows and unfollows by SQL, so that the memory of the server has nothing but the graph. It returns the
// number of writes.
func (w *World) churnBySQL(ctx context.Context, o MemoryOptions) (int, error) {
	var written atomic.Int64
	var group sync.WaitGroup
	errs := make([]error, o.Writers)
	until := time.Now().Add(o.Churn)
	for n := range o.Writers {
		group.Go(func() { errs[n] = w.churnOn(ctx, n, o, until, &written) })
	}
	group.Wait()
	return int(written.Load()), errors.Join(errs...)
}

// churnOn is a part of the churn, on one connection: it replaces a random follow by another one.
func (w *World) churnOn(ctx context.Context, n int, o MemoryOptions, until time.Time, written *atomic.Int64) error {
	conn, err := w.Postgres.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	const changes = 2
	ticker := time.NewTicker(time.Second * time.Duration(changes*o.Writers) / time.Duration(o.Rate))
	defer ticker.Stop()
	random := w.randomOf(n)
	var highest int64
	if err := conn.QueryRow(ctx, "SELECT max(id) FROM user_follows").Scan(&highest); err != nil {
		return err
	}
	for time.Now().Before(until) {
		if err := pause(ctx, ticker.C); err != nil {
			return err
		}
		tag, err := conn.Exec(ctx, `DELETE FROM user_follows WHERE id = (
			SELECT id FROM user_follows WHERE id >= $1 ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)`, random.Int64N(highest))
		if err != nil {
			return err
		}
		written.Add(tag.RowsAffected())
		follower, following := w.users[random.IntN(len(w.users))], w.users[random.IntN(len(w.users))]
		if follower == following {
			continue
		}
		tag, err = conn.Exec(ctx, `INSERT INTO user_follows (follower_id, following_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
			follower, following)
		if err != nil {
			return err
		}
		written.Add(tag.RowsAffected())
	}
	return nil
}

func (w *World) countFollows(ctx context.Context) (int, error) {
	counts, err := query[int](ctx, w.Postgres, "SELECT count(*) FROM user_follows")
	if err != nil {
		return 0, err
	}
	return counts[0], nil
}

// measureStart starts an instance, measures its memory when it is ready, and ends it.
func (w *World) measureStart(ctx context.Context, flags ...string) (_ heap, took time.Duration, err error) {
	began := time.Now()
	i, err := w.startInstance(ctx, w.Postgres.URL(), append([]string{"--profiling"}, flags...)...)
	if err != nil {
		return heap{}, 0, err
	}
	defer func() { err = errors.Join(err, w.stopInstances()) }()
	if len(flags) == 0 {
		if err := i.awaitMemory(ctx); err != nil {
			return heap{}, 0, err
		}
	}
	took = time.Since(began)
	h, err := i.heap(ctx)
	return h, took, err
}

// heap reads the memory of the instance after a garbage collection.
func (i *Instance) heap(ctx context.Context) (h heap, err error) {
	if h.Memory, err = process.ReadMemory(i.running.PID()); err != nil {
		return h, err
	}
	h.inUse, err = i.running.HeapInUse(ctx)
	return h, err
}
