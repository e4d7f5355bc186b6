// Package scenario runs Followgraph beside writes and faults, and counts what its clients see of them: a client that
// reads its own writes on other instances, kills, a failover, programs that write behind Followgraph's back, and a graph
// that outgrows its memory. It also measures how soon commits are visible and what the graph takes in memory.
//
// Each scenario is a function of a World, which is a PostgreSQL with a graph. It runs the program, never its packages.
// The same functions run for seconds as tests and for minutes as a benchmark (go run ./bench -scenarios).
package scenario

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"

	"followgraph/bench/cluster"
	"followgraph/bench/dataset"
	"followgraph/bench/process"
	"followgraph/bench/token"
)

// Options describe a World.
type Options struct {
	Program string // Followgraph
	Dir     string // empty, and removed by the caller
	Dataset dataset.Parameters
	Log     io.Writer // receives the progress
}

// World is a PostgreSQL with a graph, and the instances of Followgraph that were started on it.
type World struct {
	Options
	Postgres *Postgres
	users    []string // Cognito ids
	random   *rand.Rand

	signing sync.Mutex
	signer  *token.Signer

	log       *os.File // of all instances
	instances []*Instance
}

// Open starts a PostgreSQL and loads the graph.
func Open(ctx context.Context, o Options) (_ *World, err error) {
	w := &World{Options: o, random: rand.New(rand.NewPCG(o.Dataset.Seed, 2))} //nolint:gosec // must be reproducible
	defer func() {
		if err != nil {
			err = errors.Join(err, w.Close(ctx))
		}
	}()
	if w.signer, err = token.NewSigner(o.Dir); err != nil {
		return nil, err
	}
	if w.log, err = os.Create(filepath.Join(o.Dir, "followgraph.log")); err != nil {
		return nil, err
	}
	if w.Postgres, err = openPostgres(ctx, filepath.Join(o.Dir, "postgres")); err != nil {
		return nil, err
	}
	if _, err = cluster.Fill(ctx, w.Postgres.server, cluster.Options{Dataset: o.Dataset, Followgraph: o.Program, Log: o.Log}); err != nil {
		return nil, err
	}
	// A killed server must recover fast.
	if err := w.Postgres.exec(ctx, "CHECKPOINT"); err != nil {
		return nil, err
	}
	w.users, err = query[string](ctx, w.Postgres, "SELECT cognito_id FROM users ORDER BY id")
	return w, err
}

// Close stops everything, even if ctx has ended.
func (w *World) Close(ctx context.Context) error {
	err := w.stopInstances()
	if w.Postgres != nil {
		err = errors.Join(err, w.Postgres.Close(ctx))
	}
	if w.log != nil {
		err = errors.Join(err, w.log.Close())
	}
	return err
}

func (w *World) stopInstances() error {
	var errs []error
	for _, i := range w.instances {
		errs = append(errs, i.stop())
	}
	w.instances = nil
	return errors.Join(errs...)
}

// token returns a token for a user.
func (w *World) token(cognitoID string) (string, error) {
	w.signing.Lock()
	defer w.signing.Unlock()
	return w.signer.Token(cognitoID)
}

// run runs a subcommand of Followgraph. If it fails, the error contains what it printed.
func (w *World) run(ctx context.Context, args ...string) error {
	var printed bytes.Buffer
	args = append(args, "--database-url", w.Postgres.URL(), "--log-level=warn")
	if _, err := process.Run(ctx, nil, &printed, w.Program, args...); err != nil {
		return fmt.Errorf("followgraph %v: %w: %.2000s", args[:2], err, &printed)
	}
	return nil
}

// verify compares the counts with the follows, and the memory of the instances with the database: by the product, and
// the counts also by what they answer.
func (w *World) verify(ctx context.Context) error {
	if err := w.run(ctx, "stats", "verify"); err != nil {
		return err
	}
	for _, i := range w.instances {
		var s Step
		if err := w.compareCounts(ctx, i, &s); err != nil {
			return err
		}
		if s.Differences > 0 {
			return fmt.Errorf("%d users have other counts in memory than rows: %s", s.Differences, s.First)
		}
		if err := w.run(ctx, "graph", "verify", "--admin", "http://"+i.admin()); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) logf(format string, args ...any) { fmt.Fprintf(w.Log, format+"\n", args...) }
