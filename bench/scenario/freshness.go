package scenario

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"followgraph/bench/scrape"
	"followgraph/internal/globalid"
)

// FreshnessOptions configure Freshness.
type FreshnessOptions struct {
	Samples int // of each kind
	Rate    int // of follows and unfollows a second, by other clients
	Writers int
}

// FreshnessReport is the result of Freshness. Each time includes that of the read that sees the follow.
type FreshnessReport struct {
	Foreign  Times // from the answer to another program's COMMIT until a read sees it
	Other    Times // from the answer to a mutation until a read on another instance sees it
	Same     Times // from the answer to a mutation until a read on its instance sees it
	Missed   int   // mutations that the first read on their instance did not see
	Read     Times // of one read
	Mutation Times // of a mutation with memory
	SQL      Times // of a mutation with --graph=sql, which waits for no version
	Written  int
	Elapsed  time.Duration

	// By the metrics of the instance that is written to.
	Delay time.Duration // from a commit until memory has it, on average
	Waits int           // operations that waited for their commit
	Wait  time.Duration // on average
}

func (r *FreshnessReport) String() string {
	text := fmt.Sprintf("beside %.0f follows and unfollows a second:", float64(r.Written)/r.Elapsed.Seconds())
	for _, row := range []struct {
		name string
		Times
	}{
		{"another program's commit until it is read", r.Foreign},
		{"a mutation's answer until it is read on another instance", r.Other},
		{"a mutation's answer until it is read on its instance", r.Same},
		{"a read", r.Read},
		{"a mutation", r.Mutation},
		{"a mutation with --graph=sql", r.SQL},
	} {
		text += fmt.Sprintf("\n  %-58s p50 %s  p99 %s  longest %s", row.name, short(row.percentile(50)), short(row.percentile(99)), short(row.percentile(100)))
	}
	return text + fmt.Sprintf("\n  %d of %d mutations were missed by the next read on their instance\n  metrics: memory had a commit after %s on average; %d operations waited for theirs, %s on average",
		r.Missed, len(r.Same), r.Delay.Round(time.Microsecond), r.Waits, r.Wait.Round(time.Microsecond))
}

func short(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }

// Times are durations.
type Times []time.Duration

// percentile returns the smallest time that at least percent of all do not exceed (nearest rank).
func (t Times) percentile(percent int) time.Duration {
	if len(t) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(t))
	return sorted[max(0, (len(sorted)*percent+99)/100-1)]
}

// Freshness measures how soon reads from memory see commits.
func Freshness(ctx context.Context, w *World, o FreshnessOptions) (_ *FreshnessReport, err error) {
	var instances [3]*Instance
	for n, flags := range [][]string{nil, nil, {"--graph=sql"}} {
		if instances[n], err = w.startInstance(ctx, w.Postgres.URL(), flags...); err != nil {
			return nil, err
		}
	}
	defer func() { err = errors.Join(err, w.stopInstances()) }()
	for _, i := range instances[:2] {
		if err := i.awaitMemory(ctx); err != nil {
			return nil, err
		}
	}
	conn, err := w.Postgres.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	f := &freshness{World: w, report: &FreshnessReport{}, random: w.randomOf(1)}
	began := time.Now()
	written, stop := w.churnBeside(ctx, instances[0], o.Rate, o.Writers)
	for range o.Samples {
		if err = f.sample(ctx, conn, instances); err != nil {
			break
		}
	}
	f.report.Elapsed, f.report.Written = time.Since(began), int(written.Load())
	return f.report, errors.Join(err, stop(), f.report.readMetrics(ctx, instances[0]))
}

func (r *FreshnessReport) readMetrics(ctx context.Context, i *Instance) error {
	m, err := scrape.Read(ctx, i.admin())
	if err != nil {
		return err
	}
	average := func(seconds, count string) time.Duration {
		return time.Duration(m[seconds] / max(1, m[count]) * float64(time.Second))
	}
	r.Delay = average("followgraph_graph_delay_seconds_total", "followgraph_graph_transactions_total")
	r.Waits = int(m["followgraph_graph_waits_total"])
	r.Wait = average("followgraph_graph_wait_seconds_total", "followgraph_graph_waits_total")
	return nil
}

// churnBeside follows and unfollows through an instance until the function that it returns is called.
func (w *World) churnBeside(ctx context.Context, i *Instance, rate, writers int) (written *atomic.Int64, stop func() error) {
	ctx, cancel := context.WithCancel(ctx)
	written = new(atomic.Int64)
	var group sync.WaitGroup
	errs := make([]error, writers)
	for n := range writers {
		group.Go(func() { errs[n] = w.churn(ctx, i, n, rate, writers, written) })
	}
	return written, func() error {
		cancel()
		group.Wait()
		return errors.Join(errs...)
	}
}

// freshness is one run of Freshness.
type freshness struct {
	*World
	report *FreshnessReport
	random interface{ IntN(n int) int }
}

const newestQuery = `query($id: String!) { user(cognitoId: $id) { followers(first: 10) { nodes { cognitoId } } } }`

// sees reports whether an instance answers that a user follows another one.
func (f *freshness) sees(ctx context.Context, i *Instance, p follow) (bool, error) {
	var data struct {
		User struct {
			Followers struct{ Nodes []struct{ CognitoID string } }
		}
	}
	began := time.Now()
	_, err := i.ask(ctx, question{query: newestQuery, variables: map[string]any{"id": p.following}}, &data)
	f.report.Read = append(f.report.Read, time.Since(began))
	for _, u := range data.User.Followers.Nodes {
		if u.CognitoID == p.follower {
			return true, err
		}
	}
	return false, err
}

// until reads until an instance sees a follow. It returns the time since began, and the number of reads.
func (f *freshness) until(ctx context.Context, i *Instance, p follow, began time.Time) (time.Duration, int, error) {
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	for reads := 1; ; reads++ {
		seen, err := f.sees(ctx, i, p)
		if seen || err != nil {
			return time.Since(began), reads, err
		}
	}
}

// draw returns a follow that does not exist, of a follower who writes nothing else.
func (f *freshness) draw(ctx context.Context, conn *pgx.Conn) (follow, error) {
	for {
		p := follow{f.users[f.random.IntN(len(f.users))], f.users[f.random.IntN(len(f.users))]}
		var exists bool
		err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM user_follows WHERE follower_id = $1 AND following_id = $2)",
			p.follower, p.following).Scan(&exists)
		if err != nil || !exists && p.follower != p.following {
			return p, err
		}
	}
}

func (f *freshness) sample(ctx context.Context, conn *pgx.Conn, instances [3]*Instance) error {
	first, second, sql := instances[0], instances[1], instances[2]
	p, err := f.draw(ctx, conn)
	if err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, "INSERT INTO user_follows (follower_id, following_id) VALUES ($1, $2)", p.follower, p.following); err != nil {
		return err
	}
	took, _, err := f.until(ctx, first, p, time.Now())
	if err != nil {
		return err
	}
	f.report.Foreign = append(f.report.Foreign, took)
	for _, step := range []struct {
		write, read *Instance
		mutation    *Times
		seen        *Times
	}{
		{first, first, &f.report.Mutation, &f.report.Same},
		{first, second, nil, &f.report.Other},
		{sql, nil, &f.report.SQL, nil},
	} {
		if p, err = f.draw(ctx, conn); err != nil {
			return err
		}
		began := time.Now()
		if _, err := step.write.follow(ctx, p.follower, globalid.User(p.following), true); err != nil {
			return err
		}
		answered := time.Now()
		if step.mutation != nil {
			*step.mutation = append(*step.mutation, answered.Sub(began))
		}
		if step.seen == nil {
			continue
		}
		took, reads, err := f.until(ctx, step.read, p, answered)
		if err != nil {
			return err
		}
		*step.seen = append(*step.seen, took)
		if step.read == step.write && reads > 1 {
			f.report.Missed++
		}
	}
	return nil
}
