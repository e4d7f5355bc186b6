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
	// overloadFactor is the requested rate divided by the rate that the server can handle.
	overloadFactor = 2
	// pacedConnections is the number of connections for that rate. There are more than the server admits, running and
	// waiting, so that the next request always finds one.
	pacedConnections = 1024
	// retryingConnections is the number of connections that retry immediately when they are refused.
	retryingConnections = 256
	// calmFraction is the divisor of -duration for the measurements without overload, before and after.
	calmFraction = 6
)

// underOverload measures a server at twice its maximum rate, and its recovery. All phases use the same process, to show
// the memory that it keeps.
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
	b.describe(&text, fmt.Sprintf("Requests: %s, %d different ones. With %d connections: for %s at first, and for %s right after.",
		b.shapes[0].Title, b.targets, b.connections, (b.duration/calmFraction).Round(time.Millisecond), min(b.duration/calmFraction, time.Second).Round(time.Millisecond)))
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
	processes := usage{server: running.PID(), postmaster: s.cluster.Postmaster}
	peace := load.Options{
		Address:     running.Address,
		Connections: b.connections,
		Warmup:      b.warmup,
		Duration:    b.duration / calmFraction,
		Seed:        b.dataset.Seed + uint64(round),
		Requests:    s.requests[b.shapes[0].Name],
	}
	peak, err := b.phase(ctx, processes, fmt.Sprintf("%d connections", b.connections), peace)
	if err != nil {
		return nil, err
	}
	twice, retrying, after := peace, peace, peace
	twice.Connections, twice.Rate = pacedConnections, overloadFactor*peak.Rate
	twice.Duration, twice.MayShed = b.duration, true
	retrying.Connections = retryingConnections
	retrying.Duration, retrying.MayShed = b.duration, true
	after.Warmup, after.Duration = 0, min(b.duration/calmFraction, time.Second)
	phases := []report.OverloadPhase{peak}
	for _, next := range []struct {
		name string
		load.Options
	}{
		{fmt.Sprintf("%d times that rate", overloadFactor), twice},
		{"right after", after},
		{fmt.Sprintf("%d connections, retrying at once", retryingConnections), retrying},
		{"right after that", after},
	} {
		phase, err := b.phase(ctx, processes, next.name, next.Options)
		if err != nil {
			return nil, err
		}
		phases = append(phases, phase)
	}
	return phases, nil
}

func (b *bench) phase(ctx context.Context, processes usage, name string, o load.Options) (report.OverloadPhase, error) {
	var before, after cpuTimes
	var first, memory process.Memory
	o.Begin = func() (err error) {
		if first, err = process.ReadMemory(processes.server); err != nil {
			return err
		}
		before, err = processes.read()
		return err
	}
	o.End = func() (err error) {
		if after, err = processes.read(); err != nil {
			return err
		}
		memory, err = process.ReadMemory(processes.server)
		return err
	}
	result, err := load.Run(ctx, o)
	switch {
	case err != nil:
		return report.OverloadPhase{}, fmt.Errorf("%s: %w", name, err)
	case result.Failed > 0:
		return report.OverloadPhase{}, fmt.Errorf("%s: %d answers were wrong, the first: %w", name, result.Failed, result.Failure)
	case result.Requests == 0:
		return report.OverloadPhase{}, fmt.Errorf("%s: no answer within %s", name, o.Duration)
	}
	each := func(d time.Duration) time.Duration { return d / time.Duration(result.Requests) }
	phase := report.OverloadPhase{
		Name: name, Rate: result.Rate(), Shed: float64(result.Shed) / result.Elapsed.Seconds(), P50: result.P50, P99: result.P99,
		ServerCPU:   each(after.server - before.server),
		PostgresCPU: each(after.postgres - before.postgres),
		ClientCPU:   each(after.client - before.client),
		Before:      first.Now, Resident: memory.Now, Peak: memory.Peak,
	}
	fmt.Fprintf(b.log, "%-34s %9.1f answered/s  %9.1f shed/s  p50 %s  p99 %s  CPU %s, %s, %s  %d MiB\n", name, phase.Rate, phase.Shed,
		phase.P50.Round(time.Microsecond), phase.P99.Round(time.Microsecond),
		phase.ServerCPU, phase.PostgresCPU, phase.ClientCPU, memory.Now>>20)
	return phase, nil
}
