package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"followgraph/bench/dataset"
	"followgraph/bench/shape"
)

// options are the options of the command line.
type options struct {
	dataset       dataset.Parameters
	growth        []int  // numbers of users; empty: compare the servers on one dataset
	flood         bool   // measure reads during many sign-ins instead
	overload      bool   // measure more load than the server can handle instead
	scaling       string // parts of the figures for the extrapolation; empty: none
	figures       string // file that receives them; empty: none
	scenario      scenarioOptions
	data          string
	temporary     bool
	packed        bool
	sharedBuffers string

	shapes      []shape.Shape
	servers     []server
	connections int
	targets     int
	writes      int
	rounds      int
	warmup      time.Duration
	duration    time.Duration

	markdown, svg string
	command       string // the command line, for the report
}

// followsPerUser is the default mean of follows per user.
const followsPerUser = 20

func parse(args []string, out io.Writer) (options, error) {
	o := options{command: strings.Join(append([]string{"go run ./bench"}, args...), " ")}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.IntVar(&o.dataset.Users, "users", 100_000, "users of the graph")
	flags.IntVar(&o.dataset.Follows, "follows", 0, "follows of the graph; 0: 20 for each user")
	flags.Uint64Var(&o.dataset.Seed, "seed", 1, "seed of the graph and of the requests")
	growth := flags.String("growth", "", "measure the growth of the cost over these numbers of `users`, comma-separated; replaces -users")
	flags.BoolVar(&o.flood, "flood", false, "measure reads during many sign-ins")
	flags.BoolVar(&o.overload, "overload", false, "measure a server at twice its maximum rate, for -duration (default 1m)")
	flags.StringVar(&o.scaling, "scaling", "", "measure these `parts` of the figures of docs/scaling.md, comma-separated, or all: "+strings.Join(scalingParts, ", "))
	flags.StringVar(&o.figures, "figures", "bench/scaling/figures.json", "with -scaling: `file` to which the figures are added; empty: none")
	scenarioList := flags.String("scenarios", "", "run these `scenarios` instead, comma-separated, or all: "+strings.Join(scenarioNames(), ", "))
	flags.IntVar(&o.scenario.count, "count", 0, "with -scenarios: number of queries, pairs, samples or kills (default: that of the scenario)")
	flags.IntVar(&o.scenario.rate, "rate", 0, "with -scenarios: follows and unfollows a second (default: that of the scenario)")
	flags.DurationVar(&o.scenario.churn, "churn", 5*time.Minute, "with -scenarios memory: duration of the follows and unfollows")
	flags.StringVar(&o.scenario.imports, "import", "", "with -scenarios foreign: `file` of follows to import")
	flags.StringVar(&o.data, "data", "", "`directory` of loaded graphs (default: followgraph-bench in the user's cache directory)")
	flags.BoolVar(&o.temporary, "temporary", false, "load the graph into a temporary directory")
	flags.BoolVar(&o.packed, "packed", false, "build the indexes of the follows after the follows: loads faster, and takes two thirds of the disk")
	flags.StringVar(&o.sharedBuffers, "shared-buffers", "", "PostgreSQL's setting (default: the part of the graph that the shapes read, at least 128MB)")
	shapes := flags.String("shapes", "", "shapes to measure, comma-separated (default: all; with -growth Q3,Q4; with -flood or -overload one, Q1)")
	servers := flags.String("servers", "", "servers to measure, comma-separated, or none (default: all; with -growth followgraph,limit-onesql; with -flood or -overload followgraph)")
	var also []server
	flags.Func("also", "also measure another followgraph binary: `name=path`, followed by flags of its serve; can be repeated", func(value string) error {
		s, err := parseAlso(value)
		also = append(also, s)
		return err
	})
	flags.IntVar(&o.connections, "connections", 16, "connections that send requests, and maximum connections of each server to PostgreSQL")
	flags.IntVar(&o.targets, "targets", 2_000, "number of different requests of each shape that reads")
	flags.IntVar(&o.writes, "writes", 100_000, "number of requests of each shape that writes: at least as many as a server answers in -warmup and -duration")
	flags.IntVar(&o.rounds, "rounds", 3, "number of measurements of every server; tables show medians")
	flags.DurationVar(&o.warmup, "warmup", time.Second, "time before each measurement that is not counted")
	flags.DurationVar(&o.duration, "duration", 5*time.Second, "duration of each measurement")
	flags.StringVar(&o.markdown, "markdown", "", "also write the report to this `file`")
	flags.StringVar(&o.svg, "svg", "", "with -growth: write the plot to this `file`")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if *growth != "" && isSet(flags, "users", "follows") {
		return o, errors.New("-growth replaces -users and -follows: set only one of them")
	}
	if o.overload && !isSet(flags, "duration") {
		o.duration = time.Minute
	}
	if err := o.scenario.choose(*scenarioList); err != nil {
		return o, err
	}
	return o, o.complete(*growth, *shapes, *servers, also)
}

// isSet reports whether one of these flags is on the command line.
func isSet(flags *flag.FlagSet, names ...string) bool {
	result := false
	flags.Visit(func(f *flag.Flag) { result = result || slices.Contains(names, f.Name) })
	return result
}

// complete sets the defaults that depend on several flags, and validates all flags.
func (o *options) complete(growth, shapes, servers string, also []server) (err error) {
	if o.dataset.Follows == 0 {
		o.dataset.Follows = followsPerUser * o.dataset.Users
	}
	if growth != "" {
		for _, text := range strings.Split(growth, ",") {
			users, err := strconv.Atoi(text)
			if err != nil || len(o.growth) > 0 && users <= o.growth[len(o.growth)-1] {
				return fmt.Errorf("-growth needs ascending numbers of users, not %q", growth)
			}
			o.growth = append(o.growth, users)
		}
		if len(o.growth) < 2 {
			return errors.New("-growth needs at least two numbers of users")
		}
		if shapes == "" {
			shapes = "Q3,Q4"
		}
		if servers == "" {
			servers = "followgraph," + reference
		}
	}
	if o.flood || o.overload {
		if shapes == "" {
			shapes = "Q1"
		}
		if servers == "" {
			servers = "followgraph"
		}
	}
	if o.scaling != "" {
		if o.flood || o.overload || len(o.growth) > 0 || shapes != "" {
			return errors.New("-scaling excludes -growth, -flood, -overload and -shapes")
		}
		for _, part := range strings.Split(o.scaling, ",") {
			if part != scalingAll && !slices.Contains(scalingParts, part) {
				return fmt.Errorf("-scaling has no part %q, only all, %s", part, strings.Join(scalingParts, ", "))
			}
		}
		shapes = "Q1,Q3,Q5"
		if servers == "" {
			servers = "followgraph,followgraph-sql"
		}
	}
	for _, p := range o.datasets() {
		if err := p.Validate(); err != nil {
			return err
		}
	}
	if o.svg != "" && len(o.growth) == 0 {
		return errors.New("-svg needs -growth")
	}
	if o.connections < 1 || o.targets < 1 || o.writes < 1 || o.rounds < 1 || o.duration <= 0 || o.warmup < 0 {
		return errors.New("-connections, -targets, -writes, -rounds and -duration must be positive, and -warmup not negative")
	}
	if shapes == "" {
		shapes = strings.Join(shape.Names(), ",")
	}
	if o.shapes, err = shape.Find(strings.Split(shapes, ",")); err != nil {
		return err
	}
	if o.servers, err = findServers(servers); err != nil {
		return err
	}
	o.servers = append(o.servers, also...)
	if o.flood {
		if len(o.growth) > 0 || len(o.shapes) > 1 || o.write() {
			return errors.New("-flood needs exactly one shape that reads, and excludes -growth")
		}
		if slices.ContainsFunc(o.servers, func(s server) bool { return s.baseline != "" }) {
			return errors.New("-flood needs servers that support sign-in")
		}
	}
	if o.overload && (o.flood || len(o.growth) > 0 || len(o.shapes) > 1 || o.write()) {
		return errors.New("-overload needs exactly one shape that reads, and excludes -growth and -flood")
	}
	for _, sh := range o.shapes {
		if len(o.under(sh)) == 0 {
			return fmt.Errorf("there is no server to measure under %s", sh.Name)
		}
	}
	for i, s := range o.servers {
		if slices.ContainsFunc(o.servers[:i], func(other server) bool { return other.name == s.name }) {
			return fmt.Errorf("the server %s is named twice", s.name)
		}
	}
	if o.data == "" && !o.temporary {
		cache, err := os.UserCacheDir()
		if err != nil {
			return fmt.Errorf("-data: %w", err)
		}
		o.data = filepath.Join(cache, "followgraph-bench")
	}
	return nil
}

// write reports whether any of the shapes writes.
func (o *options) write() bool {
	return slices.ContainsFunc(o.shapes, func(s shape.Shape) bool { return s.Writes })
}

// datasets returns the datasets to measure.
func (o *options) datasets() []dataset.Parameters {
	if len(o.growth) == 0 {
		return []dataset.Parameters{o.dataset}
	}
	var all []dataset.Parameters
	for _, users := range o.growth {
		all = append(all, dataset.Parameters{Users: users, Follows: followsPerUser * users, Seed: o.dataset.Seed})
	}
	return all
}
