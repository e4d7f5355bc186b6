package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"followgraph/bench/cluster"
	"followgraph/bench/dataset"
	"followgraph/bench/load"
	"followgraph/bench/process"
	"followgraph/bench/report"
	"followgraph/bench/shape"
	"followgraph/bench/token"
)

// bench is one run of this program.
type bench struct {
	options
	temp        string // removed at the end
	self        string // this program
	followgraph string // the product, built from this source
	signer      *token.Signer
	stages      []*stage
	log         io.Writer
}

// stage is a dataset, with the requests of each shape.
type stage struct {
	dataset  dataset.Parameters
	cluster  *cluster.Cluster
	requests map[string][]load.Request // by name of the shape
}

// prepare builds the program, opens all datasets and generates the requests.
func prepare(ctx context.Context, o options) (_ *bench, err error) {
	b := &bench{options: o, log: os.Stderr}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.close(ctx))
		}
	}()
	if b.self, err = os.Executable(); err != nil {
		return nil, err
	}
	if b.temp, err = os.MkdirTemp("", "followgraph-bench-"); err != nil {
		return nil, err
	}
	if err := os.Chmod(b.temp, 0o711); err != nil { //nolint:gosec // PostgreSQL's user has to pass through
		return nil, err
	}
	if b.followgraph, err = build(ctx, b.temp); err != nil {
		return nil, err
	}
	if b.signer, err = token.NewSigner(b.temp); err != nil {
		return nil, err
	}
	for _, parameters := range o.datasets() {
		s, err := b.open(ctx, parameters)
		if err != nil {
			return nil, err
		}
		b.stages = append(b.stages, s)
	}
	return b, nil
}

func (b *bench) open(ctx context.Context, parameters dataset.Parameters) (*stage, error) {
	dir := b.data
	if b.temporary {
		dir = b.temp
	}
	c, err := cluster.Open(ctx, cluster.Options{
		Dir: dir, Dataset: parameters, ThrowAway: b.temporary, Packed: b.packed, SharedBuffers: b.sharedBuffers,
		Followgraph: b.followgraph, Log: b.log,
	})
	if err != nil {
		return nil, err
	}
	s := &stage{dataset: parameters, cluster: c, requests: make(map[string][]load.Request)}
	if err := s.makeRequests(ctx, b); err != nil {
		return nil, errors.Join(err, c.Close(ctx))
	}
	return s, nil
}

// makeRequests generates the requests. It also records what they will change, to restore it after each run.
func (s *stage) makeRequests(ctx context.Context, b *bench) error {
	conn, err := pgx.Connect(ctx, s.cluster.URL)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var changed shape.Changes
	for _, sh := range b.shapes {
		source := &shape.Source{
			Conn:   conn,
			Random: rand.New(rand.NewPCG(b.dataset.Seed, 1)), //nolint:gosec // must be reproducible
			Count:  b.targets,
			Token:  b.signer.Token,
		}
		if sh.Writes {
			source.Count = b.writes
		}
		if s.requests[sh.Name], err = sh.Requests(ctx, source); err != nil {
			return fmt.Errorf("the requests of %s: %w", sh.Name, err)
		}
		changed.Follows = append(changed.Follows, source.Changes.Follows...)
		changed.Users = append(changed.Users, source.Changes.Users...)
	}
	if !b.write() {
		return nil
	}
	return s.cluster.Protect(ctx, changed.Follows, changed.Users)
}

// putBack restores the data after a run of requests that write. First the product checks the counts, which must always
// be exact.
func (s *stage) putBack(ctx context.Context) error {
	if err := s.cluster.CheckCounts(ctx); err != nil {
		return err
	}
	return s.cluster.Restore(ctx)
}

// close stops what prepare started, even if ctx has ended.
func (b *bench) close(ctx context.Context) error {
	var errs []error
	for _, s := range b.stages {
		errs = append(errs, s.cluster.Close(ctx))
	}
	if b.temp != "" {
		errs = append(errs, os.RemoveAll(b.temp))
	}
	return errors.Join(errs...)
}

// measure runs one server under one shape of load.
func (b *bench) measure(ctx context.Context, s *stage, which server, sh shape.Shape, round int) (_ report.Sample, err error) {
	if sh.Writes {
		defer func() {
			if err == nil { // otherwise the next run of this program restores the data
				err = s.putBack(ctx)
			}
		}()
	}
	running, err := which.start(ctx, b, s.cluster.URL, false)
	if err != nil {
		return report.Sample{}, err
	}
	defer func() { err = errors.Join(err, running.Stop()) }()
	processes := usage{server: running.PID(), postmaster: s.cluster.Postmaster}
	var before, after cpuTimes
	var memory process.Memory
	result, err := load.Run(ctx, load.Options{
		Address:     running.Address,
		Connections: b.connections,
		Warmup:      b.warmup,
		Duration:    b.duration,
		Seed:        b.dataset.Seed + uint64(round),
		Requests:    s.requests[sh.Name],
		Once:        sh.Writes,
		Begin: func() (err error) {
			before, err = processes.read()
			return err
		},
		End: func() (err error) {
			if after, err = processes.read(); err != nil {
				return err
			}
			memory, err = process.ReadMemory(running.PID())
			return err
		},
	})
	switch {
	case errors.Is(err, load.ErrExhausted):
		return report.Sample{}, fmt.Errorf("%s under %s: %w: raise -writes %d, or shorten -duration", which.name, sh.Name, err, b.writes)
	case err != nil:
		return report.Sample{}, fmt.Errorf("%s under %s: %w", which.name, sh.Name, err)
	case result.Failed > 0:
		return report.Sample{}, fmt.Errorf("%s under %s: %d answers were wrong, the first: %w", which.name, sh.Name, result.Failed, result.Failure)
	case result.Requests == 0:
		return report.Sample{}, fmt.Errorf("%s under %s: no answer within -duration %s", which.name, sh.Name, b.duration)
	}
	each := func(d time.Duration) time.Duration { return d / time.Duration(result.Requests) }
	sample := report.Sample{
		Rate: result.Rate(), P50: result.P50, P99: result.P99,
		ServerCPU:   each(after.server - before.server),
		PostgresCPU: each(after.postgres - before.postgres),
		ClientCPU:   each(after.client - before.client),
		Resident:    memory.Now, Peak: memory.Peak,
	}
	fmt.Fprintf(b.log, "round %d  %8d users  %s  %-20s %9.1f req/s  p50 %s  p99 %s\n", round+1, s.dataset.Users, sh.Name,
		which.name, sample.Rate, sample.P50.Round(time.Microsecond), sample.P99.Round(time.Microsecond))
	return sample, nil
}

// usage identifies the processes whose CPU time is read.
type usage struct{ server, postmaster int }

type cpuTimes struct{ server, postgres, client time.Duration }

func (u usage) read() (cpuTimes, error) {
	server, err1 := process.CPU(u.server)
	postgres, err2 := process.FamilyCPU(u.postmaster)
	client, err3 := process.CPU(os.Getpid())
	return cpuTimes{server, postgres, client}, errors.Join(err1, err2, err3)
}

// under returns the servers that are measured under a shape.
func (o options) under(sh shape.Shape) []server {
	return slices.DeleteFunc(slices.Clone(o.servers), func(s server) bool { return !s.under(sh) })
}

// turn returns the servers of a shape in the order of a round. Each round begins with another server.
func (o options) turn(sh shape.Shape, round int) []server {
	servers := o.under(sh)
	first := round % len(servers)
	return slices.Concat(servers[first:], servers[:first])
}

// describe writes the command, the machine and the load.
func (b *bench) describe(w io.Writer, loadText string) {
	var buffers []string
	for _, s := range b.stages {
		buffers = append(buffers, s.cluster.SharedBuffers)
	}
	fmt.Fprintf(w, "```sh\n%s\n```\n\n", b.command)
	fmt.Fprintf(w, "%d cores, %s, PostgreSQL %s with shared_buffers=%s. %s Rounds: %d, each of %s after %s of warm-up; the tables show medians over them.\n\n",
		runtime.NumCPU(), runtime.Version(), b.stages[0].cluster.Version, strings.Join(buffers, ", "),
		loadText, b.rounds, b.duration, b.warmup)
}

// shapeLoad describes the load of the shapes.
func (b *bench) shapeLoad() string {
	text := fmt.Sprintf("%d connections, %d different requests of each shape", b.connections, b.targets)
	if b.write() {
		text += " that reads; those of a shape that writes are sent once each"
	}
	return text + "."
}

// publish writes the report to standard output, and to the file of -markdown.
func (b *bench) publish(text string) error {
	if b.markdown != "" {
		if err := os.WriteFile(b.markdown, []byte(text), 0o644); err != nil { //nolint:gosec // for everyone to read
			return err
		}
	}
	_, err := io.WriteString(os.Stdout, text)
	return err
}
