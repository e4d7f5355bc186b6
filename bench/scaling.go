package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"followgraph/bench/process"
	"followgraph/bench/scaling"
	"followgraph/bench/scrape"
)

// scalingRun measures what package scaling extrapolates from.
type scalingRun struct {
	*bench
	stage   *stage
	admin   *pgx.Conn // of PostgreSQL's superuser
	wire    *scaling.Wire
	figures *scaling.Figures
}

// measureScaling measures the figures and adds them to those of the file of -figures.
func (b *bench) measureScaling(ctx context.Context) (err error) {
	r := &scalingRun{bench: b, stage: b.stages[0], figures: &scaling.Figures{Values: map[string]scaling.Figure{}}}
	if b.scaling == scalingAll && b.packed {
		r.figures.Command, r.figures.Users, r.figures.Follows = b.command, b.dataset.Users, b.dataset.Follows
		r.figures.Machine = fmt.Sprintf("%d cores, %s, PostgreSQL %s with shared_buffers=%s", runtime.NumCPU(), runtime.Version(),
			r.stage.cluster.Version, r.stage.cluster.SharedBuffers)
	}
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
	runs := map[string]func(context.Context) error{"disk": r.disk, "memory": r.memory, "follows": r.follows, "compression": r.compression, "reads": r.reads}
	for _, part := range scalingParts {
		if b.scaling != scalingAll && !slices.Contains(strings.Split(b.scaling, ","), part) {
			continue
		}
		fmt.Fprintf(b.log, "measuring %s\n", part)
		if err := runs[part](ctx); err != nil {
			return fmt.Errorf("%s: %w", part, err)
		}
		if b.figures != "" {
			if err := r.figures.Write(b.figures); err != nil {
				return err
			}
		}
	}
	return b.publish("```sh\n" + b.command + "\n```\n\n" + r.figures.String())
}

// scalingAll is the value of -scaling for all parts.
const scalingAll = "all"

// scalingParts are the parts, in the order in which they run.
var scalingParts = []string{"disk", "memory", "follows", "compression", "reads"}

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
	heap, err := plain.HeapInUse(ctx)
	if err := errors.Join(err, plain.Stop()); err != nil {
		return err
	}
	r.set(scaling.MemoryProgram, float64(heap)/1e6)

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
