package scenario

import (
	"context"
	"errors"
	"fmt"
	"time"

	"followgraph/bench/process"
)

// OutgrowOptions configure Outgrow.
type OutgrowOptions struct {
	Readers int
}

// OutgrowReport is the result of Outgrow.
type OutgrowReport struct {
	Reads   Reads
	Bound   int // of the graph's memory, in bytes
	Follows int // when SQL took over
	Before  process.Memory
	After   process.Memory
	Elapsed time.Duration
}

func (r *OutgrowReport) String() string {
	return fmt.Sprintf("%s; SQL took over at %d follows with --graph-memory=%d; the process had %d MiB before, %d MiB after and %d MiB at most (%s)",
		&r.Reads, r.Follows, r.Bound, r.Before.Now>>20, r.After.Now>>20, r.After.Peak>>20, r.Elapsed.Round(time.Millisecond))
}

// Outgrow adds follows until the graph exceeds its memory. SQL must take over, and all reads must be answered.
func Outgrow(ctx context.Context, w *World, o OutgrowOptions) (_ *OutgrowReport, err error) {
	// The graph just fits at the start, when the server expects that a load takes about so much.
	const perUser, perFollow, least = 1000, 100, 1 << 20
	bound := max(least, len(w.users)*perUser+w.Dataset.Follows*perFollow)
	i, err := w.startInstance(ctx, w.Postgres.URL(), fmt.Sprintf("--graph-memory=%d", bound))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.stopInstances()) }()
	if err := i.awaitMemory(ctx); err != nil {
		return nil, err
	}
	report := &OutgrowReport{Bound: bound}
	if report.Before, err = process.ReadMemory(i.running.PID()); err != nil {
		return nil, err
	}
	began := time.Now()
	stop := w.readBeside(ctx, i, o.Readers)
	report.Follows, err = w.grow(ctx, i)
	reads, readErr := stop()
	report.Reads, report.Elapsed = reads, time.Since(began)
	if err := errors.Join(err, readErr); err != nil {
		return nil, err
	}
	report.After, err = process.ReadMemory(i.running.PID())
	return report, err
}

// grow adds follows until SQL answers, and then asks on. It returns the number of follows.
func (w *World) grow(ctx context.Context, i *Instance) (int, error) {
	conn, err := w.Postgres.connect(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	const followersAtOnce, askedAfterwards = 20, 100
	for first := 0; first < len(w.users); first += followersAtOnce {
		if _, err := conn.Exec(ctx, `INSERT INTO user_follows (follower_id, following_id)
			SELECT a, cognito_id FROM users CROSS JOIN unnest($1::varchar[]) a WHERE a <> cognito_id ON CONFLICT DO NOTHING`,
			w.users[first:min(first+followersAtOnce, len(w.users))]); err != nil {
			return 0, err
		}
		after, err := w.Postgres.position(ctx)
		if err != nil {
			return 0, err
		}
		const total = "{ users(first: 5) { nodes { id followers(first: 5) { totalCount } } } }"
		var ignored any
		if _, err := i.ask(ctx, question{query: total, after: after}, &ignored); err != nil {
			return 0, err
		}
		if is, err := i.isInMemory(ctx); err != nil {
			return 0, err
		} else if is {
			continue
		}
		for range askedAfterwards {
			if _, err := i.ask(ctx, question{query: total}, &ignored); err != nil {
				return 0, err
			}
		}
		var follows int
		err = conn.QueryRow(ctx, "SELECT count(*) FROM user_follows").Scan(&follows)
		return follows, err
	}
	return 0, errors.New("the graph did not outgrow its memory: choose less memory or more users")
}
