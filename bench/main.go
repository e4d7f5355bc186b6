// Command bench compares Followgraph with two servers that were written by hand for its queries, on one PostgreSQL with
// a large generated graph. It writes the results as Markdown.
//
//	go run ./bench                              # all shapes, all servers, 100,000 users
//	go run ./bench -growth 10000,100000,1000000 # growth of the cost with the number of users
//	go run ./bench -flood                       # reads during many sign-ins
//	go run ./bench -overload                    # twice the load that the server can handle
//	go run ./bench -scaling all -packed -users 1000000 # the figures of docs/scaling.md
//	go run ./bench -scenarios all               # the graph in memory beside writes and faults, see package scenario
//
// It needs Linux, because it reads CPU times from /proc. The first run loads the graph, and later runs reuse it (see
// -data). It takes about 3 GB for 100,000 users and 17 GB for 1,000,000. Each server runs alone, in its own process.
// The order of the servers rotates.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"followgraph/bench/baseline"
	"followgraph/bench/shape"
)

func main() {
	// A second signal ends the process.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench: "+strings.ReplaceAll(err.Error(), "\n", "; "))
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) > 0 && args[0] == baselineCommand {
		return serveBaseline(ctx, args[1:])
	}
	o, err := parse(args, os.Stderr)
	if err != nil {
		return err
	}
	if len(o.scenario.names) > 0 {
		return runScenarios(ctx, o)
	}
	b, err := prepare(ctx, o)
	if err != nil {
		return err
	}
	measure := b.compare
	switch {
	case o.flood:
		measure = b.floodSignIns
	case o.overload:
		measure = b.underOverload
	case o.scaling != "":
		measure = b.measureScaling
	case len(o.growth) > 0:
		measure = b.grow
	}
	return errors.Join(measure(ctx), b.close(ctx))
}

// baselineCommand runs this program as one of the two baselines, in its own process.
const baselineCommand = "baseline"

func serveBaseline(ctx context.Context, args []string) error {
	o := baseline.Options{Operations: shape.Operations()}
	flags := flag.NewFlagSet(baselineCommand, flag.ContinueOnError)
	flags.StringVar((*string)(&o.Kind), "kind", "", "onesql or levels")
	flags.StringVar(&o.DatabaseURL, "database-url", "", "the database")
	flags.IntVar(&o.Connections, "connections", 16, "maximum connections to the database")
	flags.BoolVar(&o.ServerTiming, "server-timing", false, "add a header with the number of statements")
	if err := flags.Parse(args); err != nil {
		return err
	}
	return baseline.Serve(ctx, o, os.Stdout)
}
