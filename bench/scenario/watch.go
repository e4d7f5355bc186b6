package scenario

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"followgraph/bench/scrape"
	"followgraph/internal/globalid"
)

// WatchOptions configure Watch.
type WatchOptions struct {
	Idle     int // subscriptions of users whose followers do not change, each on a separate connection
	Watchers int // subscriptions of users whose followers change, each of another user
	Rate     int // of follows and unfollows of these users a second
	Writers  int
	Readers  int
	Duration time.Duration // of each of three phases
}

// WatchReport is the result of Watch.
type WatchReport struct {
	Idle, Watchers int
	IdleBytes      int64 // memory of the process for each idle subscription
	Events         int   // that the watchers received
	Delay          Times // from a change until its watcher has it
	Written        int
	Elapsed        time.Duration // of the phase with watchers
	// Queries a second beside the same writes: with idle subscriptions alone, and with watchers.
	Alone, Beside float64
}

func (r *WatchReport) String() string {
	return fmt.Sprintf("%d idle subscriptions take %.1f KB each; beside %.0f follows and unfollows a second, %d watchers receive %d events, %s after the change at the median, p99 %s, longest %s; %.0f queries a second, %.0f without watchers",
		r.Idle, float64(r.IdleBytes)/1000, float64(r.Written)/r.Elapsed.Seconds(), r.Watchers, r.Events,
		short(r.Delay.percentile(50)), short(r.Delay.percentile(99)), short(r.Delay.percentile(100)), r.Beside, r.Alone)
}

// Watch opens idle subscriptions and measures their memory. Then it measures how many queries are answered beside writes,
// without and with subscriptions of what is written, and how soon these get their events.
//
// A change counts from the beginning of its transaction, as PostgreSQL states it, so the delay includes the commit.
func Watch(ctx context.Context, w *World, o WatchOptions) (_ *WatchReport, err error) {
	if o.Idle+o.Watchers > len(w.users) {
		return nil, fmt.Errorf("the graph needs %d users", o.Idle+o.Watchers)
	}
	i, err := w.startInstance(ctx, w.Postgres.URL(), "--max-http-connections=30000", "--max-subscriptions=30000", "--max-subscriptions-per-network=30000")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.stopInstances()) }()
	if err := i.awaitMemory(ctx); err != nil {
		return nil, err
	}
	run := &watching{World: w, o: o, instance: i, report: &WatchReport{Idle: o.Idle, Watchers: o.Watchers}}
	defer func() { err = errors.Join(err, run.hangUp()) }()
	if err := run.idle(ctx); err != nil {
		return nil, err
	}
	if run.report.Alone, _, err = run.measure(ctx); err != nil {
		return nil, err
	}
	for _, id := range w.users[:o.Watchers] {
		if err := run.subscribe(ctx, id, run.take); err != nil {
			return nil, err
		}
	}
	began := time.Now()
	run.report.Beside, run.report.Written, err = run.measure(ctx)
	run.report.Elapsed = time.Since(began)
	return run.report, err
}

// watching is one run of Watch.
type watching struct {
	*World
	o        WatchOptions
	instance *Instance
	report   *WatchReport
	open     []net.Conn
	readers  sync.WaitGroup
	seeds    int
	mu       sync.Mutex // guards the events of report
}

// idle opens the idle subscriptions. Before, and after a phase of rest, it reads the memory of the process.
func (r *watching) idle(ctx context.Context) error {
	before, err := r.resident(ctx)
	if err != nil {
		return err
	}
	for _, id := range r.users[r.o.Watchers : r.o.Watchers+r.o.Idle] {
		if err := r.subscribe(ctx, id, func(string, time.Time) error { return nil }); err != nil {
			return err
		}
	}
	if err := pause(ctx, time.After(r.o.Duration)); err != nil {
		return err
	}
	after, err := r.resident(ctx)
	r.report.IdleBytes = (after - before) / int64(max(1, r.o.Idle))
	return err
}

func (r *watching) resident(ctx context.Context) (int64, error) {
	m, err := scrape.Read(ctx, r.instance.admin())
	return int64(m["process_resident_memory_bytes"]), err
}

// subscribe subscribes to the followers of a user over a new connection, and calls take with the data of each event.
func (r *watching) subscribe(ctx context.Context, id string, take func(data string, at time.Time) error) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", r.instance.address())
	if err != nil {
		return err
	}
	r.open = append(r.open, conn)
	body, err := json.Marshal(map[string]any{
		"query":     "subscription($id: ID!) { followersChanged(userId: $id) { changes { kind edge { followedAt } } user { stats { followersCount } } } }",
		"variables": map[string]any{"id": globalid.User(id)},
	})
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(conn, "POST /graphql HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body); err != nil {
		return err
	}
	lines := bufio.NewReaderSize(conn, 512)
	for begun := false; !begun; {
		line, err := lines.ReadString('\n')
		if err != nil {
			return fmt.Errorf("subscription %d: %w", len(r.open), err)
		}
		begun = strings.HasPrefix(line, "id: ")
	}
	r.readers.Go(func() {
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			if data, ok := strings.CutPrefix(line, "data: "); ok && take(data, time.Now()) != nil {
				return
			}
		}
	})
	return nil
}

// take notes the delays of an event.
func (r *watching) take(data string, at time.Time) error {
	var payload struct {
		Data struct {
			FollowersChanged struct {
				Changes []struct {
					Kind string `json:"kind"`
					Edge struct {
						FollowedAt time.Time `json:"followedAt"`
					} `json:"edge"`
				} `json:"changes"`
			} `json:"followersChanged"`
		} `json:"data"`
	}
	if err := json.Unmarshal([]byte(data), &payload); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.Events++
	for _, c := range payload.Data.FollowersChanged.Changes {
		if c.Kind == "GAINED" {
			r.report.Delay = append(r.report.Delay, at.Sub(c.Edge.FollowedAt))
		}
	}
	return nil
}

// measure writes, and returns how many queries a second are answered meanwhile, and how much was written.
func (r *watching) measure(ctx context.Context) (queries float64, written int, err error) {
	ctx, cancel := context.WithTimeout(ctx, r.o.Duration)
	defer cancel()
	r.seeds += 1000 // so that no phase repeats the writes of another one, which would change nothing
	var group sync.WaitGroup
	var writes, reads atomic.Int64
	errs := make([]error, r.o.Writers+r.o.Readers)
	for n := range r.o.Writers {
		group.Go(func() { errs[n] = r.write(ctx, n, &writes) })
	}
	for n := range r.o.Readers {
		random := r.randomOf(n)
		group.Go(func() {
			for ctx.Err() == nil && errs[r.o.Writers+n] == nil {
				var data struct{ User *nestedUser }
				_, err := r.instance.ask(ctx, question{query: newestQuery, variables: map[string]any{"id": r.users[random.IntN(len(r.users))]}}, &data)
				if ctx.Err() == nil {
					errs[r.o.Writers+n] = err
					reads.Add(1)
				}
			}
		})
	}
	group.Wait()
	return float64(reads.Load()) / r.o.Duration.Seconds(), int(writes.Load()), errors.Join(errs...)
}

// write follows and unfollows the watched users at a part of the rate until ctx ends. Every caller belongs to one writer.
func (r *watching) write(ctx context.Context, n int, written *atomic.Int64) error {
	ticker := time.NewTicker(time.Second * time.Duration(r.o.Writers) / time.Duration(r.o.Rate))
	defer ticker.Stop()
	random := r.randomOf(r.seeds + n)
	for pause(ctx, ticker.C) == nil {
		follower, following := r.users[n+random.IntN(len(r.users)/r.o.Writers)*r.o.Writers], r.users[random.IntN(r.o.Watchers)]
		if follower == following {
			continue
		}
		if _, err := r.instance.follow(ctx, follower, globalid.User(following), random.IntN(5) > 0); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		written.Add(1)
	}
	return nil
}

func (r *watching) hangUp() error {
	for _, conn := range r.open {
		_ = conn.Close()
	}
	r.readers.Wait()
	return nil
}
