package mirror

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/commit"
	"followgraph/internal/viewer"
)

// replicaClient is a caller that follows and unfollows one user, and knows whether it does.
type replicaClient struct {
	id       string
	position string // the newest of its answers; unused without sends
	sends    bool   // whether it sends the position, and so may use any instance
	follows  bool
	away     int // UNAVAILABLE answers
}

// step changes the follow on one instance, and reads it on the same one, or with the position on any.
func (c *replicaClient) step(ctx context.Context, instances []*withReplicas) error {
	on := instances[0]
	other := on
	if c.sends {
		on, other = instances[rand.IntN(len(instances))], instances[rand.IntN(len(instances))]
	}
	wrote, err := c.operate(ctx, on, func(ctx context.Context) (err error) {
		if c.follows {
			_, err = on.store.Unfollow(ctx, follow(c.id, "n0"))
		} else {
			_, err = on.store.Follow(ctx, follow(c.id, "n0"))
		}
		return err
	})
	if err != nil || !wrote {
		return err
	}
	c.follows = !c.follows
	for range 3 {
		_, err = c.operate(ctx, other, func(ctx context.Context) error {
			relations, err := other.store.Relations(ctx, c.id, []string{"n0"})
			if err == nil && relations[0].ViewerFollows != c.follows {
				return fmt.Errorf("%s misses its own write: follows is %v, %s", c.id, relations[0].ViewerFollows, readOf(ctx))
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// operate runs one operation. done is false if the database was away, which is an error only for other reasons.
func (c *replicaClient) operate(ctx context.Context, on *withReplicas, run func(context.Context) error) (done bool, err error) {
	after := ""
	if c.sends {
		after = c.position
	}
	ctx, read, err := on.Begin(ctx, after)
	if err != nil {
		return false, err
	}
	ctx = viewer.With(ctx, viewer.Viewer{CognitoID: c.id, Registered: true})
	if err := run(ctx); err != nil {
		if apperr.CodeOf(err) == apperr.Unavailable {
			c.away++
			return false, nil
		}
		return false, err
	}
	position, _ := read.End(ctx)
	if position == "" {
		return true, nil
	}
	before, _ := commit.Parse(after)
	now, err := commit.Parse(position)
	if order, ok := now.Compare(before); err == nil && ok && order < 0 {
		return true, fmt.Errorf("%s: the position goes back from %s to %s", c.id, after, position)
	}
	c.position = position
	return true, err
}

// TestCallersUnderLoad lets callers write and read at once on two instances, with and without positions, while standbys
// are paused, delayed, killed and started again. No caller misses an own write, no position goes back, and no operation
// fails: the primary is there.
func TestCallersUnderLoad(t *testing.T) {
	t.Parallel()
	c := replicated(t, 2)
	replicas := []string{c.URL(1), c.URL(2)}
	instances := []*withReplicas{startReplicas(t, c.URL(0), replicas, nil), startReplicas(t, c.URL(0), replicas, nil)}
	for _, w := range instances {
		w.become(t, 1, ReplicaReady)
		w.become(t, 2, ReplicaReady)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var group sync.WaitGroup
	var steps atomic.Int64
	var clients []*replicaClient
	for n := 1; n < 9; n++ {
		one := &replicaClient{id: fmt.Sprint("n", n), sends: n%2 == 0}
		clients = append(clients, one)
		group.Go(func() {
			for ctx.Err() == nil {
				if err := one.step(context.WithoutCancel(ctx), instances); !assert.NoError(t, err) {
					return
				}
				steps.Add(1)
			}
		})
	}
	during := func(what string, begin, end func()) {
		begin()
		from := steps.Load()
		assert.Eventually(t, func() bool { return steps.Load() >= from+100 }, testTimeout, tick, what)
		end()
	}
	during("pause", func() { c.PauseReplay(t, 1) }, func() { c.ResumeReplay(t, 1) })
	during("delay", func() {
		c.Admin(t, 2, "ALTER SYSTEM SET recovery_min_apply_delay = '300ms'", "SELECT pg_reload_conf()")
	}, func() { c.Admin(t, 2, "ALTER SYSTEM RESET recovery_min_apply_delay", "SELECT pg_reload_conf()") })
	during("kill", func() { c.Stop(t, 1) }, func() { c.Start(t, 1) })
	during("sessions", func() {
		c.Admin(t, 2, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'followgraph'")
	}, func() {})
	for _, w := range instances {
		w.become(t, 1, ReplicaReady)
		w.become(t, 2, ReplicaReady)
	}
	stop()
	group.Wait()
	for _, one := range clients {
		require.Zero(t, one.away, one.id)
	}
	for _, w := range instances {
		_, operations := w.Replicas()
		require.Positive(t, operations)
	}
}

// TestCallersDuringFailover kills the primary under load and promotes a standby that has every acknowledged commit. The
// callers see UNAVAILABLE meanwhile, and nothing wrong before, during and after.
func TestCallersDuringFailover(t *testing.T) {
	t.Parallel()
	c := replicated(t, 2)
	c.Admin(t, 0, "ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 (node1)'", "SELECT pg_reload_conf()")
	replicas := []string{c.URL(0), c.URL(1), c.URL(2)}
	w := startReplicas(t, c.MultiHostURL(), replicas, nil)
	w.become(t, 2, ReplicaReady)
	w.become(t, 3, ReplicaReady)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var group sync.WaitGroup
	var steps atomic.Int64
	for n := 1; n < 7; n++ {
		one := &replicaClient{id: fmt.Sprint("n", n), sends: n%2 == 0}
		group.Go(func() {
			for ctx.Err() == nil {
				bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
				away := one.away
				err := one.step(bounded, []*withReplicas{w})
				cancel()
				if one.away > away { // an interrupted write may have happened or not
					one.follows = one.followsNow(ctx, w, one.follows)
					continue
				}
				if code := apperr.CodeOf(err); code == apperr.Timeout || code == apperr.Canceled {
					one.follows = one.followsNow(ctx, w, one.follows)
					continue
				}
				if !assert.NoError(t, err) {
					return
				}
				steps.Add(1)
			}
		})
	}
	enough := func() {
		from := steps.Load()
		assert.Eventually(t, func() bool { return steps.Load() >= from+60 }, testTimeout, tick)
	}
	enough()
	c.Stop(t, 0)
	c.Promote(t, 1)
	enough()
	w.become(t, 2, ReplicaPromoted)
	w.become(t, 3, ReplicaReady)
	enough()
	stop()
	group.Wait()
}

// followsNow reads the truth on the primary, after an operation whose outcome is unknown.
func (c *replicaClient) followsNow(ctx context.Context, w *withReplicas, before bool) bool {
	for ctx.Err() == nil {
		relations, err := w.opts.Store.Relations(ctx, c.id, []string{"n0"})
		if err == nil {
			return relations[0].ViewerFollows
		}
	}
	return before
}
