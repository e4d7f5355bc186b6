package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"followgraph/bench/scenario"
)

// scenarioOptions are the options of the scenarios.
type scenarioOptions struct {
	names   []string
	count   int           // pairs, queries, kills or samples; 0: the default of the scenario
	rate    int           // of follows and unfollows a second; 0: the default of the scenario
	churn   time.Duration // of the scenario memory
	imports string        // file that the scenario foreign imports
}

// The number of clients of the scenarios.
const (
	scenarioReaders = 4
	scenarioWriters = 16
)

// scenarios are the scenarios by name, in the order in which they run.
var scenarios = []struct {
	name string
	run  func(context.Context, *scenario.World, scenarioOptions) (fmt.Stringer, error)
}{
	{"memory", func(ctx context.Context, w *scenario.World, o scenarioOptions) (fmt.Stringer, error) {
		return scenario.Memory(ctx, w, scenario.MemoryOptions{Rate: cmp.Or(o.rate, 1000), Writers: scenarioWriters, Churn: o.churn})
	}},
	{"freshness", func(ctx context.Context, w *scenario.World, o scenarioOptions) (fmt.Stringer, error) {
		return scenario.Freshness(ctx, w, scenario.FreshnessOptions{Samples: cmp.Or(o.count, 2000), Rate: cmp.Or(o.rate, 1000), Writers: scenarioWriters})
	}},
	{"consistency", func(ctx context.Context, w *scenario.World, o scenarioOptions) (fmt.Stringer, error) {
		return scenario.Consistency(ctx, w, scenario.ConsistencyOptions{
			Queries: cmp.Or(o.count, 100_000), Readers: scenarioReaders, Rate: cmp.Or(o.rate, 2000), Writers: scenarioWriters,
		})
	}},
	{"own-writes", func(ctx context.Context, w *scenario.World, o scenarioOptions) (fmt.Stringer, error) {
		return scenario.OwnWrites(ctx, w, scenario.OwnWritesOptions{
			Pairs: cmp.Or(o.count, 100_000), Clients: 2 * scenarioWriters, Lags: []time.Duration{20 * time.Millisecond, 120 * time.Millisecond},
		})
	}},
	{"foreign", func(ctx context.Context, w *scenario.World, o scenarioOptions) (fmt.Stringer, error) {
		return scenario.Foreign(ctx, w, scenario.ForeignOptions{Readers: scenarioReaders, Rows: 50_000, Import: o.imports})
	}},
	{"outgrow", func(ctx context.Context, w *scenario.World, _ scenarioOptions) (fmt.Stringer, error) {
		return scenario.Outgrow(ctx, w, scenario.OutgrowOptions{Readers: scenarioReaders})
	}},
	{"outage", func(ctx context.Context, w *scenario.World, o scenarioOptions) (fmt.Stringer, error) {
		return scenario.Outage(ctx, w, scenario.OutageOptions{
			MaxStaleness: 10 * time.Second, Outages: cmp.Or(o.count, 4), Writers: scenarioWriters,
		})
	}},
	{"kills", func(ctx context.Context, w *scenario.World, o scenarioOptions) (fmt.Stringer, error) {
		return scenario.Kills(ctx, w, scenario.KillOptions{
			Kills: cmp.Or(o.count, 100), Failover: true, Writers: scenarioWriters, Readers: scenarioReaders, Longest: 2 * time.Second,
		})
	}},
	{"live", func(ctx context.Context, w *scenario.World, o scenarioOptions) (fmt.Stringer, error) {
		return scenario.Live(ctx, w, scenario.LiveOptions{
			Kills: cmp.Or(o.count, 20), Changes: 100_000, Writers: scenarioWriters, Longest: 2 * time.Second,
		})
	}},
	{"watch", func(ctx context.Context, w *scenario.World, o scenarioOptions) (fmt.Stringer, error) {
		return scenario.Watch(ctx, w, scenario.WatchOptions{
			Idle: cmp.Or(o.count, 10_000), Watchers: 1_000, Rate: cmp.Or(o.rate, 1000), Writers: scenarioWriters,
			Readers: scenarioReaders, Duration: 20 * time.Second,
		})
	}},
}

func scenarioNames() []string {
	var names []string
	for _, s := range scenarios {
		names = append(names, s.name)
	}
	return names
}

// choose sets the names from a list.
func (o *scenarioOptions) choose(list string) error {
	switch list {
	case "":
		return nil
	case "all":
		o.names = scenarioNames()
		return nil
	}
	o.names = strings.Split(list, ",")
	for _, name := range o.names {
		if !slices.Contains(scenarioNames(), name) {
			return fmt.Errorf("there is no scenario %q, only %v", name, scenarioNames())
		}
	}
	return nil
}

// runScenarios runs each scenario on a separate PostgreSQL with a new graph.
func runScenarios(ctx context.Context, o options) (err error) {
	dir, err := os.MkdirTemp("", "followgraph-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // PostgreSQL's user has to pass through
		return err
	}
	program, err := build(ctx, dir)
	if err != nil {
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "```sh\n%s\n```\n\n", o.command)
	for _, s := range scenarios {
		if !slices.Contains(o.scenario.names, s.name) {
			continue
		}
		report, err := runScenario(ctx, o, program, filepath.Join(dir, s.name), s.run)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		fmt.Fprintf(os.Stderr, "%s: %s\n", s.name, report)
		fmt.Fprintf(&text, "- %s: %s\n", s.name, report)
	}
	return (&bench{options: o}).publish(text.String())
}

func runScenario(ctx context.Context, o options, program, dir string, run func(context.Context, *scenario.World, scenarioOptions) (fmt.Stringer, error)) (_ fmt.Stringer, err error) {
	if err := os.Mkdir(dir, 0o711); err != nil { //nolint:gosec // as above
		return nil, err
	}
	w, err := scenario.Open(ctx, scenario.Options{Program: program, Dir: dir, Dataset: o.dataset, Log: os.Stderr})
	if err != nil {
		return nil, err
	}
	report, err := run(ctx, w, o.scenario)
	return report, errors.Join(err, w.Close(ctx), os.RemoveAll(dir))
}
