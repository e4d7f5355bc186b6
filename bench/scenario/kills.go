package scenario

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// The kinds of kills.
const (
	killServer   = "server"   // kill -9 of an instance of Followgraph
	killPostgres = "postgres" // kill -9 of the postmaster
	killBackend  = "backend"  // kill -9 of a process of PostgreSQL that serves a connection
	killStream   = "stream"   // pg_terminate_backend of the replication connections
	failover     = "failover" // kill -9 of the primary, and promotion of its standby
)

var kinds = []string{killServer, killPostgres, killStream, killBackend}

// KillOptions configure Kills.
type KillOptions struct {
	Kills    int  // in turn of all kinds
	Failover bool // also one in the middle of the kills
	Writers  int
	Readers  int
	Longest  time.Duration // between the end of a kill and the next one
}

// KillReport is the result of Kills.
type KillReport struct {
	Kills        map[string]int
	Acknowledged int
	Unanswered   int      // writes that failed, whose effect is unknown
	Lost         []string // acknowledged writes that the database does not have
	Unexpected   []string // errors of writes that do not tell of an outage
	Reads        Reads
	Elapsed      time.Duration
}

func (r *KillReport) String() string {
	var kills []string
	for _, kind := range slices.Sorted(maps.Keys(r.Kills)) {
		kills = append(kills, fmt.Sprintf("%d %s", r.Kills[kind], kind))
	}
	return fmt.Sprintf("kills: %s; %d writes acknowledged, %d lost, %d unanswered; %s (%s)", strings.Join(kills, ", "),
		r.Acknowledged, len(r.Lost), r.Unanswered, &r.Reads, r.Elapsed.Round(time.Second))
}

// Kills kills instances, PostgreSQL and replication connections at random moments while clients read and write. After
// that the counts and the memory of all instances must equal the rows, else it returns an error.
func Kills(ctx context.Context, w *World, o KillOptions) (_ *KillReport, err error) {
	k := &killing{World: w, o: o, ledger: newLedger(), report: &KillReport{Kills: map[string]int{}}}
	database := w.Postgres.URL()
	if o.Failover {
		if k.standby, err = w.Postgres.Standby(ctx, filepath.Join(w.Dir, "standby")); err != nil {
			return nil, err
		}
		if database, err = either(database, k.standby.URL()); err != nil {
			return nil, errors.Join(err, k.standby.Close(ctx))
		}
	}
	defer func() { err = errors.Join(err, w.stopInstances(), k.closeOther(ctx)) }()
	for range 2 {
		if _, err := w.startInstance(ctx, database); err != nil {
			return nil, err
		}
	}
	began := time.Now()
	stop := k.load(ctx)
	err = k.killAll(ctx)
	k.report.Elapsed = time.Since(began)
	if err := errors.Join(err, stop()); err != nil {
		return nil, err
	}
	if k.report.Lost, err = k.ledger.lost(ctx, w.Postgres); err != nil {
		return nil, err
	}
	k.report.Acknowledged, k.report.Unanswered, k.report.Unexpected = k.ledger.acknowledged, k.ledger.unanswered, k.ledger.unexpected
	return k.report, w.verify(ctx)
}

// killing is one run of Kills.
type killing struct {
	*World
	o       KillOptions
	ledger  *ledger
	report  *KillReport
	standby *Postgres // nil: none, or promoted
	retired *Postgres // the primary that a standby has replaced
}

// closeOther closes the server that is not the World's.
func (k *killing) closeOther(ctx context.Context) error {
	var errs []error
	for _, p := range []*Postgres{k.standby, k.retired} {
		if p != nil {
			errs = append(errs, p.Close(ctx))
		}
	}
	return errors.Join(errs...)
}

// load starts the clients. The function that it returns ends them.
func (k *killing) load(ctx context.Context) (stop func() error) {
	ctx, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	pick := func(random *rand.Rand) func() *Instance {
		return func() *Instance { return k.instances[random.IntN(len(k.instances))] }
	}
	for n := range k.o.Writers {
		random := k.randomOf(n)
		one := &writer{world: k.World, ledger: k.ledger, number: n, writers: k.o.Writers, random: random, choose: pick(random)}
		group.Go(func() { one.run(ctx) })
	}
	readers := make([]*reader, k.o.Readers)
	errs := make([]error, k.o.Readers)
	for n := range readers {
		random := k.randomOf(500 + n)
		readers[n] = &reader{world: k.World, random: random, choose: pick(random), mayFail: true}
		group.Go(func() { errs[n] = readers[n].run(ctx, func() bool { return true }) })
	}
	return func() error {
		cancel()
		group.Wait()
		for _, r := range readers {
			k.report.Reads.add(r.reads)
		}
		return errors.Join(errs...)
	}
}

// killAll kills in turn.
func (k *killing) killAll(ctx context.Context) error {
	for n := range k.o.Kills {
		if k.o.Failover && n == k.o.Kills/2 {
			if err := k.killLater(ctx, failover, true); err != nil {
				return err
			}
		}
		// Some kills hit instances that load the graph.
		if err := k.killLater(ctx, kinds[n%len(kinds)], n%4 > 0); err != nil {
			return fmt.Errorf("kill %d: %w", n+1, err)
		}
	}
	return nil
}

// killLater kills after a random time. With inMemory it first waits until memory answers again.
func (k *killing) killLater(ctx context.Context, kind string, inMemory bool) error {
	if inMemory {
		for _, i := range k.instances {
			if err := i.awaitMemory(ctx); err != nil {
				return fmt.Errorf("memory does not answer again: %w", err)
			}
		}
	}
	if err := pause(ctx, time.After(time.Duration(k.random.Int64N(int64(k.o.Longest)+1)))); err != nil {
		return err
	}
	if err := k.kill(ctx, kind); err != nil {
		return fmt.Errorf("%s: %w", kind, err)
	}
	k.report.Kills[kind]++
	k.logf("%-10s %6d writes acknowledged", kind, k.ledger.count())
	return nil
}

func (l *ledger) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.acknowledged
}

func (k *killing) kill(ctx context.Context, kind string) error {
	switch kind {
	case killServer:
		return k.instances[k.random.IntN(len(k.instances))].Kill(ctx)
	case killPostgres:
		if err := k.Postgres.Kill(); err != nil {
			return err
		}
		return k.Postgres.awaitStart(ctx)
	case killBackend:
		if err := k.Postgres.KillBackend(ctx); err != nil {
			return err
		}
		return k.Postgres.awaitStart(ctx)
	case killStream:
		_, err := k.Postgres.EndStreams(ctx)
		return err
	default:
		return k.failOver(ctx)
	}
}

// failOver kills the primary for good, and promotes the standby.
func (k *killing) failOver(ctx context.Context) error {
	if err := k.Postgres.Abandon(ctx); err != nil {
		return err
	}
	if err := k.standby.Promote(ctx); err != nil {
		return err
	}
	k.retired, k.Postgres, k.standby = k.Postgres, k.standby, nil
	return nil
}
