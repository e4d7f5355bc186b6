package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"followgraph/bench/load"
	"followgraph/bench/process"
	"followgraph/bench/report"
)

const (
	// overloadFactor is how much more is asked for than the server can do.
	overloadFactor = 2
	// paced is the connections over which that is spread: more than the server has places, running and waiting, so that
	// there is always one for the next request.
	paced = 1024
	// hasty is the connections that ask again as soon as they are refused.
	hasty = 256
	// calm is how long the server is measured in peace, before and after, as a part of -duration.
	calm = 6
)

// underOverload measures what a server does of twice what it can do, and how it is right afterwards. All is one run of one
// server, so that its memory shows what remains.
func (b *bench) underOverload(ctx context.Context) error {
	s := b.stages[0]
	var tables []report.Overload
	for _, which := range b.servers {
		table := report.Overload{Server: which.name}
		for round := range b.rounds {
			phases, err := b.overload(ctx, s, which, round)
			if err != nil {
				return fmt.Errorf("%s: %w", which.name, err)
			}
			table.Rounds = append(table.Rounds, phases)
		}
		tables = append(tables, table)
	}
	var text strings.Builder
	b.describe(&text, fmt.Sprintf("Requests: %s, %d different ones. The first and the last row: %d connections, for %s and %s.",
		b.shapes[0].Title, b.targets, b.connections, b.duration/calm, min(b.duration/calm, time.Second)))
	if err := report.WriteOverloads(&text, tables); err != nil {
		return err
	}
	return b.publish(text.String())
}

func (b *bench) overload(ctx context.Context, s *stage, which server, round int) (_ []report.OverloadPhase, err error) {
	running, err := which.start(ctx, b, s.cluster.URL, false)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, running.Stop()) }()
	peace := load.Options{
		Address:     running.Address,
		Connections: b.connections,
		Warmup:      b.warmup,
		Duration:    b.duration / calm,
		Seed:        b.dataset.Seed + uint64(round),
		Requests:    s.requests[b.shapes[0].Name],
	}
	peak, err := b.phase(ctx, running.PID(), fmt.Sprintf("%d connections", b.connections), peace)
	if err != nil {
		return nil, err
	}
	twice, retrying, after := peace, peace, peace
	twice.Connections, twice.Rate = paced, overloadFactor*peak.Rate
	twice.Duration, twice.MayShed = b.duration, true
	retrying.Connections = hasty
	retrying.Duration, retrying.MayShed = b.duration, true
	after.Warmup, after.Duration = 0, min(b.duration/calm, time.Second)
	phases := []report.OverloadPhase{peak}
	for _, next := range []struct {
		name string
		load.Options
	}{
		{fmt.Sprintf("%d times that rate", overloadFactor), twice},
		{"right after", after},
		{fmt.Sprintf("%d connections, retrying at once", hasty), retrying},
		{"right after that", after},
	} {
		phase, err := b.phase(ctx, running.PID(), next.name, next.Options)
		if err != nil {
			return nil, err
		}
		phases = append(phases, phase)
	}
	return phases, nil
}

func (b *bench) phase(ctx context.Context, pid int, name string, o load.Options) (report.OverloadPhase, error) {
	var memory process.Memory
	o.End = func() (err error) {
		memory, err = process.ReadMemory(pid)
		return err
	}
	result, err := load.Run(ctx, o)
	switch {
	case err != nil:
		return report.OverloadPhase{}, fmt.Errorf("%s: %w", name, err)
	case result.Failed > 0:
		return report.OverloadPhase{}, fmt.Errorf("%s: %d answers were wrong, the first: %w", name, result.Failed, result.Failure)
	}
	shed := float64(result.Shed) / result.Elapsed.Seconds()
	fmt.Fprintf(b.log, "%-31s %9.1f answered/s  %9.1f shed/s  p50 %s  p99 %s  %d MiB\n", name, result.Rate(), shed,
		result.P50.Round(time.Microsecond), result.P99.Round(time.Microsecond), memory.Now>>20)
	return report.OverloadPhase{
		Name: name, Rate: result.Rate(), Shed: shed, P50: result.P50, P99: result.P99, Resident: memory.Now, Peak: memory.Peak,
	}, nil
}
