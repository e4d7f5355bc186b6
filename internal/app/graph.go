package app

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"followgraph/internal/apperr"
	"followgraph/internal/config"
	"followgraph/internal/httpserver"
	"followgraph/internal/live"
	"followgraph/internal/mirror"
	"followgraph/internal/resident"
	"followgraph/internal/store"
)

// acknowledge is how often the stream reports what it has read. The server sends its position in return, so this also
// bounds how long a quiet stream is behind.
const acknowledge = time.Second

// mirrorEvents are called after startMirror.
type mirrorEvents struct {
	accounts func(ids []string)   // when accounts change
	message  func(content []byte) // when another instance has sent a message
}

// newMirror returns what chooses between memory, standbys and SQL; nil if there is only SQL. If the graph must be in
// memory and cannot be, newMirror returns an error.
func newMirror(
	ctx context.Context, serve config.Serve, plan memoryPlan, db *database, opened *store.Store, replicas []*store.Replica,
	hub *live.Hub, on mirrorEvents, log *slog.Logger,
) (*mirror.Mirror, error) {
	c := serve.Graph
	if c.Mode == config.GraphSQL {
		if len(replicas) == 0 {
			return nil, nil
		}
		return mirror.New(mirror.Options{
			NoGraph: true, Store: opened, Replicas: replicas, MaxReplicaLag: serve.Replicas.MaxLag, MaxStaleness: c.MaxStaleness, Log: log,
		}), nil
	}
	if c.StreamURL != "" {
		if err := checkDatabaseFiles(c.StreamURL); err != nil {
			return nil, fmt.Errorf("--stream-url: %w", err)
		}
	}
	if most := plan.graph(); int64(c.Memory) > most {
		log.WarnContext(ctx, "--graph-memory leaves less for operations and garbage than the server may need: lower it, or raise GOMEMLIMIT",
			"bytes", c.Memory, "default", most)
	}
	stream := mirror.StreamOf(db.url, c.StreamURL, opened)
	stream.Acknowledge, stream.OnMessage = acknowledge, on.message
	m := mirror.New(mirror.Options{
		Stream: stream,
		Store:  opened,
		Estimate: func(ctx context.Context) (int64, error) {
			users, follows, err := opened.GraphSize(ctx)
			return resident.Estimate(users, follows), err
		},
		MaxMemory:     plan.graphFor(c),
		MaxStaleness:  c.MaxStaleness,
		Live:          hub,
		OnAccounts:    on.accounts,
		Replicas:      replicas,
		MaxReplicaLag: serve.Replicas.MaxLag,
		Log:           log,
	})
	if c.Mode == config.GraphMemory {
		if err := m.Check(ctx); err != nil {
			return nil, fmt.Errorf("--graph=memory: %w", err)
		}
	}
	return m, nil
}

// newHub returns the log of commits for subscriptions, nil without the graph in memory.
func newHub(c config.Graph, plan memoryPlan) *live.Hub {
	if c.Mode == config.GraphSQL {
		return nil
	}
	return live.New(live.Options{MaxBytes: plan.history})
}

// startMirror keeps the graph in memory, fits the garbage collector to it, and follows the standbys, until ctx ends or
// stop is called.
func startMirror(ctx context.Context, m *mirror.Mirror, inMemory bool, plan memoryPlan, log *slog.Logger) (stop func()) {
	if m == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { m.Run(ctx) })
	if inMemory {
		running.Go(func() { plan.adaptCollector(ctx, m, log) })
	}
	return func() { cancel(); running.Wait() }
}

// databaseTime is the time limit for the check of the database: /readyz then has time left to look at memory.
const databaseTime = time.Second

// readyFromMemory returns a check that passes with limits while the database is away and memory answers.
func readyFromMemory(m *mirror.Mirror, database func(context.Context) error) func(context.Context) error {
	if m == nil {
		return database
	}
	return func(ctx context.Context) error {
		bounded, cancel := context.WithTimeout(ctx, databaseTime)
		defer cancel()
		err := database(bounded)
		if code := apperr.CodeOf(err); code != apperr.Unavailable && code != apperr.Timeout {
			return err
		}
		age, ok := m.Answers()
		if !ok {
			return err
		}
		return httpserver.Limited(fmt.Sprintf(
			"the database does not answer: reads come from memory, up to %s old, and writes fail with UNAVAILABLE", age.Round(time.Second)))
	}
}

// snapshots lets the endpoint choose what an operation reads.
type snapshots struct{ mirror *mirror.Mirror }

// Begin implements httpserver.Snapshots.
func (s snapshots) Begin(ctx context.Context, after string) (context.Context, httpserver.Snapshot, error) {
	return s.mirror.Begin(ctx, after)
}
