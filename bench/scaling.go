package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"followgraph/bench/load"
	"followgraph/bench/process"
	"followgraph/bench/scaling"
	"followgraph/bench/scrape"
)

// figuresFile receives the figures, relative to the root of the repository.
const figuresFile = "bench/scaling/figures.json"

// scalingRun measures what package scaling extrapolates from.
type scalingRun struct {
	*bench
	stage   *stage
	admin   *pgx.Conn // of PostgreSQL's superuser
	wire    *scaling.Wire
	figures *scaling.Figures
}

// measureScaling measures the figures and writes them to figuresFile.
func (b *bench) measureScaling(ctx context.Context) (err error) {
	r := &scalingRun{bench: b, stage: b.stages[0], figures: &scaling.Figures{
		Command: b.command, Users: b.dataset.Users, Follows: b.dataset.Follows, Values: map[string]scaling.Figure{},
		Machine: fmt.Sprintf("%d cores, %s, PostgreSQL %s with shared_buffers=%s", runtime.NumCPU(), runtime.Version(),
			b.stages[0].cluster.Version, b.stages[0].cluster.SharedBuffers),
	}}
	config, err := pgx.ParseConfig(r.stage.cluster.URL)
	if err != nil {
		return err
	}
	config.User = "postgres"
	if r.admin, err = pgx.ConnectConfig(ctx, config); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.admin.Close(context.WithoutCancel(ctx))) }()
	if _, err := r.admin.Exec(ctx, "CREATE EXTENSION IF NOT EXISTS pg_walinspect"); err != nil {
		return err
	}
	if r.wire, err = scaling.OpenWire(ctx, r.stage.cluster.URL); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.wire.Close()) }()
	for _, part := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"disk", r.disk}, {"memory", r.memory}, {"follows", r.follows}, {"reads", r.reads},
	} {
		if b.scaling != scalingAll && !slices.Contains(strings.Split(b.scaling, ","), part.name) {
			continue
		}
		fmt.Fprintf(b.log, "measuring %s\n", part.name)
		if err := part.run(ctx); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
		if err := r.figures.Write(figuresFile); err != nil {
			return err
		}
	}
	return b.publish(r.figures.String())
}

// scalingAll is the value of -scaling for all parts.
const scalingAll = "all"

func (r *scalingRun) set(name string, value float64) {
	r.figures.Values[name] = scaling.Figure{Value: value}
}

// disk reads the sizes of the tables with their indexes. A graph that is not packed has another size of a follow.
func (r *scalingRun) disk(ctx context.Context) error {
	var users, follows int64
	err := r.admin.QueryRow(ctx, `SELECT pg_total_relation_size('users') + pg_total_relation_size('user_follow_stats'), pg_total_relation_size('user_follows')`).
		Scan(&users, &follows)
	if err != nil {
		return err
	}
	perFollow := float64(follows) / float64(r.dataset.Follows)
	if !r.packed {
		r.set(scaling.DiskGrown, perFollow)
		return nil
	}
	r.set(scaling.DiskUser, float64(users)/float64(r.dataset.Users))
	r.set(scaling.DiskFollow, perFollow)
	return nil
}

// start starts a server for operators with flags.
func (r *scalingRun) start(ctx context.Context, database string, flags ...string) (*process.Server, error) {
	return process.Start(ctx, r.followgraph, slices.Concat([]string{
		"serve", "--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0", "--profiling", "--database-url=" + database, "--max-connections=16",
		"--explorer=false", "--playground=false", "--log-level=warn", "--token-key=" + r.signer.Path,
	}, flags)...)
}

func (r *scalingRun) memory(ctx context.Context) (err error) {
	began := time.Now()
	plain, err := r.start(ctx, r.stage.cluster.URL, "--graph=sql")
	if err != nil {
		return err
	}
	startSQL := time.Since(began)
	heap, err := heapInUse(ctx, plain)
	if err := errors.Join(err, plain.Stop()); err != nil {
		return err
	}
	r.set(scaling.MemoryProgram, heap/1e6)

	sent := r.wire.Rest.Load() + r.wire.Stream.Load()
	watch := r.watch(ctx)
	began = time.Now()
	running, err := r.start(ctx, r.wire.URL, graphMemory)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, running.Stop()) }()
	if err := awaitGraph(ctx, running); err != nil {
		return err
	}
	took := time.Since(began) - startSQL
	after, err := process.ReadMemory(running.PID())
	if err != nil {
		return err
	}
	own, err := process.CPU(running.PID())
	if err != nil {
		return err
	}
	other, err := watch(own)
	if err != nil {
		return err
	}
	r.figures.Values[scaling.LoadRate] = scaling.Figure{Value: float64(r.dataset.Follows) / took.Seconds(), Other: other}
	r.set(scaling.MemoryLoad, float64(after.Peak)/1e6)
	r.set(scaling.LoadBytes, float64(r.wire.Rest.Load()+r.wire.Stream.Load()-sent)/float64(r.dataset.Follows))
	return r.graphMemory(ctx, running)
}

// graphMemory reads the memory of the graph by part.
func (r *scalingRun) graphMemory(ctx context.Context, running *process.Server) error {
	address, err := running.Metrics(ctx)
	if err != nil {
		return err
	}
	var metrics scrape.Metrics
	if err := eventually(ctx, func() (bool, error) {
		metrics, err = scrape.Read(ctx, address)
		return metrics["followgraph_graph_in_memory"] == 1, err
	}); err != nil {
		return err
	}
	var lists, users float64
	for _, part := range []string{"lists", "index", "wide"} {
		lists += metrics[`followgraph_graph_memory_bytes{part="`+part+`"}`]
	}
	for _, part := range []string{"ids", "users", "orders", "nodes"} {
		users += metrics[`followgraph_graph_memory_bytes{part="`+part+`"}`]
	}
	r.set(scaling.MemoryFollow, lists/float64(r.dataset.Follows))
	r.set(scaling.MemoryUser, users/float64(r.dataset.Users))
	return nil
}

// watch returns a function that returns the part of the machine's processor time since then that other programs took:
// neither PostgreSQL, nor this one, nor the processes whose time is passed.
func (r *scalingRun) watch(context.Context) func(own time.Duration) (float64, error) {
	read := func() (busy, all, known time.Duration, err error) {
		busy, all, err1 := process.MachineCPU()
		postgres, err2 := process.FamilyCPU(r.stage.cluster.Postmaster)
		client, err3 := process.CPU(os.Getpid())
		return busy, all, postgres + client, errors.Join(err1, err2, err3)
	}
	busy, all, known, err := read()
	return func(own time.Duration) (float64, error) {
		busyNow, allNow, knownNow, errNow := read()
		other := busyNow - busy - (knownNow - known) - own
		return max(0, float64(other)/float64(max(1, allNow-all))), errors.Join(err, errNow)
	}
}

// follows measures follows on one instance while another one only follows the stream.
func (r *scalingRun) follows(ctx context.Context) (err error) {
	writer, err := r.start(ctx, r.stage.cluster.URL, graphMemory)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, writer.Stop()) }()
	follower, err := r.start(ctx, r.wire.URL, graphMemory)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, follower.Stop()) }()
	for _, running := range []*process.Server{writer, follower} {
		if err := awaitGraph(ctx, running); err != nil {
			return err
		}
	}
	senders, err := r.senders(ctx)
	if err != nil {
		return err
	}
	f := &followLoads{scalingRun: r, writer: writer, follower: follower, senders: senders}
	return errors.Join(f.run(ctx), r.stage.cluster.CheckCounts(ctx), r.stage.cluster.Restore(ctx))
}

// followLoads are loads of follows on one instance beside one that only follows the stream.
type followLoads struct {
	*scalingRun
	writer, follower *process.Server
	senders          []int // process ids of the WAL senders of both
}

func (r *followLoads) run(ctx context.Context) error {
	requests := r.stage.requests["Q5"]
	for _, load := range []struct {
		connections          int
		rate, group, records string // the figures that it gives
	}{
		{1, scaling.Rate1, scaling.Group1, scaling.LogRecord1},
		{16, scaling.Rate16, scaling.Group16, scaling.LogRecord16},
		{64, scaling.Rate64, scaling.Group64, scaling.LogRecord64},
	} {
		m, err := r.measure(ctx, load.connections, r.duration, requests)
		if err != nil {
			return err
		}
		fmt.Fprintf(r.log, "%3d connections %7.0f follows/s  p50 %s  p99 %s  log: %.0f bytes of records and %.0f of pages, other work %.0f %%\n", load.connections,
			m.result.Rate(), m.result.P50.Round(time.Microsecond), m.result.P99.Round(time.Microsecond), m.records, m.images, 100*m.other)
		timed := func(name string, value float64) {
			r.figures.Values[name] = scaling.Figure{Value: value, Other: m.other}
		}
		timed(load.rate, m.result.Rate())
		r.set(load.group, m.group)
		r.set(load.records, m.records)
		switch load.connections {
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
	if err := r.caughtUp(ctx); err != nil {
		return m, err
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
	m.senderCPU = each(before.sender, after.sender) / float64(len(r.senders))
	m.postgresCPU = each(before.postgres, after.postgres) - m.senderCPU*float64(len(r.senders))
	return m, nil
}

func (r *followLoads) read(ctx context.Context) (c counters, err error) {
	if c.lsn, err = r.lsn(ctx); err != nil {
		return c, err
	}
	metrics, err := r.metrics(ctx)
	if err != nil {
		return c, err
	}
	c.commits, c.stream = metrics["followgraph_graph_transactions_total"], float64(r.wire.Stream.Load())
	var errs []error
	seconds := func(cpu time.Duration, err error) float64 {
		errs = append(errs, err)
		return cpu.Seconds()
	}
	c.writer, c.follower = seconds(process.CPU(r.writer.PID())), seconds(process.CPU(r.follower.PID()))
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
	return scrape.Read(ctx, address)
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

// reads measures queries by the memory and by SQL.
func (r *scalingRun) reads(ctx context.Context) error {
	for _, sh := range r.shapes {
		for _, which := range r.servers {
			if sh.Writes || sh.Name == "Q1" && which.name != "followgraph" {
				continue
			}
			other := r.watch(ctx)
			sample, err := r.bench.measure(ctx, r.stage, which, sh, 0)
			if err != nil {
				return err
			}
			beside, err := other(sample.ServerCPU * time.Duration(sample.Rate*r.duration.Seconds()))
			if err != nil {
				return err
			}
			timed := func(name string, value float64) { r.figures.Values[name] = scaling.Figure{Value: value, Other: beside} }
			switch {
			case sh.Name == "Q1":
				timed(scaling.ReadRate, sample.Rate)
				timed(scaling.ReadServer, float64(sample.ServerCPU)/1e6)
			case which.name == "followgraph":
				timed(scaling.NestedServer, float64(sample.ServerCPU)/1e6)
			default:
				timed(scaling.SQLPostgres, float64(sample.PostgresCPU)/1e6)
			}
		}
	}
	return nil
}

// heapInUse returns the bytes of allocated heap objects of a server with --profiling, after a garbage collection
// (runtime.MemStats, HeapAlloc).
func heapInUse(ctx context.Context, running *process.Server) (bytes float64, err error) {
	address, err := running.Metrics(ctx)
	if err != nil {
		return 0, err
	}
	for range 2 { // the second collection frees what finalizers and pools held
		if bytes, err = collect(ctx, address); err != nil {
			return 0, err
		}
	}
	return bytes, nil
}

func collect(ctx context.Context, address string) (float64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/debug/pprof/heap?gc=1&debug=1", nil)
	if err != nil {
		return 0, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if text, ok := strings.CutPrefix(lines.Text(), "# HeapAlloc = "); ok {
			return strconv.ParseFloat(text, 64)
		}
	}
	return 0, errors.Join(errors.New("the heap profile has no HeapAlloc"), lines.Err())
}
