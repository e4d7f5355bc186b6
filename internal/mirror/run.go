package mirror

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"followgraph/internal/apperr"
	"followgraph/internal/changes"
	"followgraph/internal/resident"
)

// ErrTooLarge is the error of a graph that needs more memory than it may use.
var ErrTooLarge = errors.New("the graph is larger than its memory")

// Check reports why the graph cannot be held in memory: a *changes.MissingError, ErrTooLarge, or the error of an
// unreachable database.
func (m *Mirror) Check(ctx context.Context) error {
	problems, err := changes.Diagnose(ctx, m.opts.Stream)
	switch {
	case err != nil:
		return err
	case len(problems) > 0:
		return &changes.MissingError{Problems: problems}
	}
	needs, err := m.opts.Estimate(ctx)
	if err == nil && needs > m.opts.MaxMemory {
		err = m.tooLarge(needs)
	}
	return err
}

func (m *Mirror) tooLarge(bytes int64) error {
	if bytes == resident.Unlimited {
		return fmt.Errorf("%w: it has more ids of users, or more follows before 2000, after 2071 or with ids above 2^45, than memory can number (%d ids)", ErrTooLarge, resident.MaxIDs)
	}
	const mib = 1 << 20
	needs := math.Ceil(float64(bytes)/mib*10) / 10 // rounded up, so that it exceeds the bound
	return fmt.Errorf("%w: it needs about %.1f MiB, and may have %.1f MiB; raise --graph-memory or the memory of the process", ErrTooLarge, needs, float64(m.opts.MaxMemory)/mib)
}

// How long Run waits before it tries again.
const (
	shortestPause  = 100 * time.Millisecond // doubled after each failure
	longestPause   = 5 * time.Second
	pauseMissing   = 30 * time.Second // until an operator has changed a setting
	pauseTooLarge  = 5 * time.Minute
	closingTimeout = 2 * time.Second
)

// Run keeps the graph in memory, and follows the state of the standbys, until ctx ends. SQL answers while the graph is
// not there.
func (m *Mirror) Run(ctx context.Context) {
	var group sync.WaitGroup
	group.Go(func() { m.confirm(ctx) })
	for _, r := range m.replicas {
		group.Go(func() { r.watch(ctx) })
	}
	defer group.Wait()
	if m.opts.NoGraph {
		return
	}
	defer m.drop(Loading)
	pause, said := shortestPause, ""
	for ctx.Err() == nil {
		followed, err := m.once(ctx)
		if ctx.Err() != nil {
			return
		}
		if followed {
			pause, said = shortestPause, ""
		}
		wait := pause
		switch {
		case errors.Is(err, ErrTooLarge):
			m.drop(TooLarge)
			wait = pauseTooLarge
		case changes.IsMissing(err):
			m.drop(Impossible)
			wait = m.pauseMissing
		default:
			pause = min(2*pause, longestPause)
		}
		m.counts.failed(err)
		if text := err.Error(); text != said { // a condition that lasts is logged once
			said = text
			m.opts.Log.WarnContext(ctx, "SQL answers instead of memory", "error", text)
		}
		later := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-later.C:
		}
		later.Stop()
	}
}

// once loads the graph and follows the stream. It returns when the stream has ended, and reports whether the graph was
// served.
func (m *Mirror) once(ctx context.Context) (followed bool, err error) {
	// While the database is unreachable, the graph of before goes on to answer.
	at, err := m.position(ctx)
	if err != nil {
		if apperr.CodeOf(err) == apperr.Unavailable {
			return false, err
		}
		if cause := m.Check(ctx); changes.IsMissing(cause) {
			return false, cause // such as a standby, which has no such position
		}
		return false, err
	}
	if m.served.Load() != nil {
		m.drop(Loading)
	}
	m.following.Store(nil) // also if it was not served yet
	needs, unknown := m.opts.Estimate(ctx)
	if unknown == nil && needs > m.opts.MaxMemory {
		return false, m.tooLarge(needs)
	}
	stream, err := m.open(ctx)
	if err != nil {
		return false, err // if tables are missing, it names them
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closingTimeout)
		defer cancel()
		_ = stream.Close(ctx)
	}()
	if unknown != nil {
		return false, unknown
	}
	if !stream.Position().SameHistory(at) {
		return false, errOtherServer // such as a standby that does not follow a promoted server yet
	}
	graph, err := m.load(ctx, stream)
	if err != nil {
		return false, err
	}
	return m.follow(ctx, stream, graph)
}

// slowOpen is how long PostgreSQL may take to create a slot before the log says what it waits for.
const slowOpen = 10 * time.Second

// open opens a stream. PostgreSQL waits for open transactions, without end for prepared ones that were forgotten.
func (m *Mirror) open(ctx context.Context) (*changes.Stream, error) {
	opts := m.opts.Stream
	var slow *time.Timer
	opts.OnReady = func() {
		m.drop(Loading) // from now on, writes raise the floor
		began := time.Now()
		fix := "end those that pg_stat_activity lists with a backend_xid, and those that pg_prepared_xacts lists"
		if opts.Source != nil {
			fix += "; a standby waits for less if the primary server has GRANT EXECUTE ON FUNCTION pg_log_standby_snapshot() for the role"
		}
		slow = time.AfterFunc(m.slowOpen, func() {
			m.opts.Log.WarnContext(ctx, "the graph is not loaded yet: PostgreSQL waits until all open transactions that have written have ended",
				"waited", time.Since(began).Round(time.Second), "fix", fix)
		})
	}
	stream, err := changes.Open(ctx, opts)
	if slow != nil {
		slow.Stop()
	}
	return stream, err
}

// load reads the snapshot of a stream.
func (m *Mirror) load(ctx context.Context, stream *changes.Stream) (*resident.Graph, error) {
	began := time.Now()
	m.progress.begin()
	defer m.progress.end()
	report := time.NewTicker(reportEvery)
	defer report.Stop()
	done := make(chan struct{})
	defer close(done)
	go func() {
		for {
			select {
			case <-done:
				return
			case <-report.C:
				users, follows := m.progress.read()
				m.opts.Log.InfoContext(ctx, "loading the graph", "users", users, "follows", follows)
			}
		}
	}()
	builder := resident.NewBuilder()
	if err := stream.Load(ctx, m.progress.count(m.bound(builder))); err != nil {
		return nil, err
	}
	graph := builder.Graph(stream.Position())
	if taken := graph.Size().Total(); taken > m.opts.MaxMemory {
		return nil, m.tooLarge(taken)
	}
	m.counts.loads.Add(1)
	took := time.Since(began)
	v := graph.Version()
	m.opts.Log.InfoContext(ctx, "graph loaded", "users", v.Accounts(), "follows", v.Follows(), "took", took.Round(time.Millisecond),
		"follows_per_second", int(float64(v.Follows())/max(took.Seconds(), 1e-3)), "position", v.Position().String())
	return graph, nil
}

// bound returns the sink of a builder. It ends the load as soon as the graph would need more than its memory, because the
// estimate before the load may be too low.
func (m *Mirror) bound(b *resident.Builder) changes.Sink {
	const every = 4096
	rows, to := 0, b.Sink()
	check := func() error {
		if rows++; rows%every == 0 && b.Peak() > m.opts.MaxMemory {
			return m.tooLarge(b.Peak())
		}
		return nil
	}
	user, follow := to.User, to.Follow
	to.User = func(u changes.User) error { return cmp.Or(check(), user(u)) }
	to.Follow = func(f changes.FollowRow) error { return cmp.Or(check(), follow(f)) }
	return to
}

// reportEvery is how often the progress of a load is logged.
const reportEvery = 5 * time.Second
