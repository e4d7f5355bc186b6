package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"followgraph/bench/load"
	"followgraph/bench/process"
	"followgraph/bench/scaling"
	"followgraph/bench/scrape"
)

// follows measures follows on one instance while another one only follows the stream.
func (r *scalingRun) follows(ctx context.Context) (err error) {
	var servers []*process.Server
	for _, database := range []string{r.stage.cluster.URL, r.wire.URL} { // one after the other: both load the graph
		running, failure := r.start(ctx, database, graphMemory)
		if failure != nil {
			return failure
		}
		defer func() { err = errors.Join(err, running.Stop()) }()
		if err := awaitGraph(ctx, running); err != nil {
			return err
		}
		servers = append(servers, running)
	}
	senders, err := r.senders(ctx)
	if err != nil {
		return err
	}
	f := &followLoads{scalingRun: r, writer: servers[0], follower: servers[1], senders: senders}
	return errors.Join(f.run(ctx), r.stage.cluster.CheckCounts(ctx), r.stage.cluster.Restore(ctx))
}

// followLoads are loads of follows on one instance beside one that only follows the stream.
type followLoads struct {
	*scalingRun
	writer   *process.Server
	follower *process.Server // nil: none
	senders  []int           // process ids of the WAL senders of both
}

func (r *followLoads) run(ctx context.Context) error {
	requests := r.stage.requests["Q5"]
	for _, step := range []struct {
		connections          int
		rate, group, records string // the figures that it gives
	}{
		{1, scaling.Rate1, scaling.Group1, scaling.LogRecord1},
		{16, scaling.Rate16, scaling.Group16, scaling.LogRecord16},
		{64, scaling.Rate64, scaling.Group64, scaling.LogRecord64},
	} {
		m, err := r.measure(ctx, step.connections, r.duration, requests)
		if err != nil {
			return err
		}
		fmt.Fprintf(r.log, "%3d connections %7.0f follows/s  p50 %s  p99 %s  log: %.0f bytes of records and %.0f of pages, other work %.0f %%\n", step.connections,
			m.result.Rate(), m.result.P50.Round(time.Microsecond), m.result.P99.Round(time.Microsecond), m.records, m.images, 100*m.other)
		timed := func(name string, value float64) {
			r.figures.Values[name] = scaling.Figure{Value: value, Other: m.other}
		}
		timed(step.rate, m.result.Rate())
		r.set(step.group, m.group)
		r.set(step.records, m.records)
		switch step.connections {
		case 1:
			r.set(scaling.LogImages, m.images)
			if err := r.unfollows(ctx, requests[:m.result.Sent]); err != nil {
				return err
			}
		case 64:
			r.set(scaling.StreamBytes, m.stream)
			timed(scaling.FollowServer, m.writerCPU*1e3)
			timed(scaling.FollowPostgres, m.postgresCPU*1e3)
			timed(scaling.SenderCPU, m.senderCPU*1e6)
			timed(scaling.ApplyCPU, m.followerCPU*1e6)
		}
		requests = requests[m.result.Sent:]
	}
	return nil
}

// unfollows ends follows that were just begun, one at a time.
func (r *followLoads) unfollows(ctx context.Context, begun []load.Request) error {
	requests := make([]load.Request, len(begun))
	for i, request := range begun {
		requests[i] = request
		requests[i].Body = bytes.Replace(request.Body, []byte("{ followUser"), []byte("{ unfollowUser"), 1)
	}
	m, err := r.measure(ctx, 1, r.duration/4, requests)
	r.set(scaling.LogUnfollow, m.records)
	return err
}

// compression measures compressed images of pages, with one follow at a time. They do not depend on the graph in memory.
func (r *scalingRun) compression(ctx context.Context) (err error) {
	change := func(ctx context.Context, sql string) error {
		_, err := r.admin.Exec(ctx, "ALTER SYSTEM "+sql)
		if err == nil {
			_, err = r.admin.Exec(ctx, "SELECT pg_reload_conf()")
		}
		return err
	}
	writer, err := r.start(ctx, r.stage.cluster.URL, "--graph=sql")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, writer.Stop()) }()
	if err := change(ctx, "SET wal_compression = lz4"); err != nil {
		return err
	}
	f := &followLoads{scalingRun: r, writer: writer}
	m, err := f.measure(ctx, 1, r.duration/2, r.stage.requests["Q5"])
	r.set(scaling.LogImagesLZ4, m.images)
	return errors.Join(err, change(context.WithoutCancel(ctx), "RESET wal_compression"), r.stage.cluster.Restore(ctx))
}

// followResult is the result of one load: values for each follow, times in seconds.
type followResult struct {
	result load.Result

	records, images, stream, group                 float64
	writerCPU, followerCPU, postgresCPU, senderCPU float64
	other                                          float64
}

// counters are read before and after a load.
type counters struct {
	lsn                                string
	commits, stream                    float64
	writer, follower, postgres, sender float64 // seconds of CPU
}

// measure sends requests, each once, right after a checkpoint.
func (r *followLoads) measure(ctx context.Context, connections int, duration time.Duration, requests []load.Request) (m followResult, err error) {
	if _, err := r.admin.Exec(ctx, "CHECKPOINT"); err != nil {
		return m, err
	}
	var before, after counters
	var other func(time.Duration) (float64, error)
	m.result, err = load.Run(ctx, load.Options{
		Address: r.writer.Address, Connections: connections, Duration: duration, Requests: requests, Once: true,
		Begin: func() (err error) {
			other = r.watch(ctx)
			before, err = r.read(ctx)
			return err
		},
	})
	switch {
	case err != nil:
		return m, err
	case m.result.Failed > 0:
		return m, fmt.Errorf("%d follows failed, the first: %w", m.result.Failed, m.result.Failure)
	case m.result.Requests == 0:
		return m, errors.New("no follow within -duration")
	}
	if r.follower != nil {
		if err := r.caughtUp(ctx); err != nil {
			return m, err
		}
	}
	if after, err = r.read(ctx); err != nil {
		return m, err
	}
	if m.other, err = other(time.Duration((after.writer + after.follower - before.writer - before.follower) * float64(time.Second))); err != nil {
		return m, err
	}
	each := func(before, after float64) float64 { return (after - before) / float64(m.result.Requests) }
	if err := r.admin.QueryRow(ctx, `SELECT sum(record_size), sum(fpi_size) FROM pg_get_wal_stats($1::pg_lsn, $2::pg_lsn)`, before.lsn, after.lsn).
		Scan(&m.records, &m.images); err != nil {
		return m, err
	}
	m.records, m.images, m.stream = each(0, m.records), each(0, m.images), each(before.stream, after.stream)
	m.group = float64(m.result.Requests) / (after.commits - before.commits)
	m.writerCPU, m.followerCPU = each(before.writer, after.writer), each(before.follower, after.follower)
	m.senderCPU = each(before.sender, after.sender) / float64(max(1, len(r.senders)))
	m.postgresCPU = each(before.postgres-before.sender, after.postgres-after.sender)
	return m, nil
}

func (r *followLoads) read(ctx context.Context) (c counters, err error) {
	if c.lsn, err = r.lsn(ctx); err != nil {
		return c, err
	}
	var errs []error
	seconds := func(cpu time.Duration, err error) float64 {
		errs = append(errs, err)
		return cpu.Seconds()
	}
	c.writer = seconds(process.CPU(r.writer.PID()))
	if r.follower != nil {
		metrics, err := r.metrics(ctx)
		errs = append(errs, err)
		c.commits, c.stream = metrics["followgraph_graph_transactions_total"], float64(r.wire.Stream.Load())
		c.follower = seconds(process.CPU(r.follower.PID()))
	}
	c.postgres = seconds(process.FamilyCPU(r.stage.cluster.Postmaster))
	for _, pid := range r.senders {
		c.sender += seconds(process.CPU(pid))
	}
	return c, errors.Join(errs...)
}

// metrics reads those of the instance that only follows.
func (r *followLoads) metrics(ctx context.Context) (scrape.Metrics, error) {
	address, err := r.follower.Metrics(ctx)
	if err != nil {
		return nil, err
	}
	var metrics scrape.Metrics
	for range 3 { // a busy machine can cut an answer off
		if metrics, err = scrape.Read(ctx, address); err == nil {
			break
		}
	}
	return metrics, err
}

// caughtUp waits until the instance that only follows has all commits.
func (r *followLoads) caughtUp(ctx context.Context) error {
	var end float64
	if err := r.admin.QueryRow(ctx, "SELECT (pg_current_wal_insert_lsn() - '0/0')::float8").Scan(&end); err != nil {
		return err
	}
	if _, err := r.admin.Exec(ctx, `UPDATE user_follow_stats SET updated_at = updated_at WHERE user_id = (SELECT user_id FROM user_follow_stats LIMIT 1)`); err != nil {
		return err
	}
	return eventually(ctx, func() (bool, error) {
		metrics, err := r.metrics(ctx)
		return metrics["followgraph_graph_position"] >= end, err
	})
}

// eventually waits until a condition holds.
func eventually(ctx context.Context, condition func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, loadLimit)
	defer cancel()
	tick := time.NewTicker(loadPoll)
	defer tick.Stop()
	for {
		if ok, err := condition(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.New("the graph did not change as expected")
		case <-tick.C:
		}
	}
}

// lsn returns the end of the log.
func (r *scalingRun) lsn(ctx context.Context) (lsn string, err error) {
	err = r.admin.QueryRow(ctx, "SELECT pg_current_wal_flush_lsn()::text").Scan(&lsn)
	return lsn, err
}

// senders returns the process ids of all WAL senders.
func (r *scalingRun) senders(ctx context.Context) ([]int, error) {
	rows, _ := r.admin.Query(ctx, "SELECT pid FROM pg_stat_replication")
	return pgx.CollectRows(rows, pgx.RowTo[int])
}
