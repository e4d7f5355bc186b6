package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"followgraph/bench/load"
	"followgraph/bench/process"
	"followgraph/bench/scrape"
	"followgraph/bench/shape"
)

// server is a server to measure. All servers get the same requests and the same number of connections to PostgreSQL.
type server struct {
	name string
	// path is the program. If it is empty, Followgraph is built from this source, and a baseline runs this program.
	path     string
	baseline string   // kind of the baseline; empty: Followgraph
	flags    []string // of Followgraph's serve, in addition to the common flags

	forWrites bool // differs only in how it writes, and is measured only under shapes that write
}

func (s server) under(sh shape.Shape) bool { return sh.Writes || !s.forWrites }

// reference is the server that ratios refer to.
const reference = "limit-onesql"

// graphMemory is the flag of a Followgraph that answers reads from memory.
const graphMemory = "--graph=memory"

var allServers = []server{
	{name: "followgraph", flags: []string{graphMemory}},
	{name: "followgraph-sql", flags: []string{"--graph=sql"}},
	{name: "followgraph-gqlgen", flags: []string{"--graph=sql", "--executor=gqlgen"}},
	{name: "followgraph-alone", flags: []string{"--graph=sql", "--max-follow-batch=1"}, forWrites: true},
	{name: reference, baseline: "onesql"},
	{name: "limit-levels", baseline: "levels"},
}

// findServers returns the servers with these names, separated by commas. "none" returns none.
func findServers(names string) ([]server, error) {
	switch names {
	case "":
		return slices.Clone(allServers), nil
	case "none":
		return nil, nil
	}
	var servers []server
	for _, name := range strings.Split(names, ",") {
		i := slices.IndexFunc(allServers, func(s server) bool { return s.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no server %q; -also measures another binary", name)
		}
		servers = append(servers, allServers[i])
	}
	return servers, nil
}

// parseAlso parses name=path, followed by flags of that program.
func parseAlso(value string) (server, error) {
	name, rest, _ := strings.Cut(value, "=")
	fields := strings.Fields(rest)
	if name == "" || len(fields) == 0 {
		return server{}, fmt.Errorf("%q is not of the form name=path", value)
	}
	path, err := filepath.Abs(fields[0])
	return server{name: name, path: path, flags: fields[1:]}, err
}

// start runs the server on a database. With timing, its answers contain the number of their SQL statements. A server with
// the graph in memory is started when it has loaded the graph.
func (s server) start(ctx context.Context, b *bench, database string, timing bool) (*process.Server, error) {
	connections := strconv.Itoa(b.connections)
	if s.baseline != "" {
		return process.Start(ctx, b.self, baselineCommand, "-kind="+s.baseline, "-database-url="+database,
			"-connections="+connections, "-server-timing="+strconv.FormatBool(timing))
	}
	path := s.path
	if path == "" {
		path = b.followgraph
	}
	onOff := "off"
	if timing {
		onOff = "on"
	}
	flags := []string{
		"serve", "--listen=127.0.0.1:0", "--database-url=" + database, "--max-connections=" + connections,
		"--server-timing=" + onOff, "--playground=false", "--log-level=warn",
	}
	if s.path == "" || b.write() || b.flood { // otherwise a binary without support for tokens can be measured too
		flags = append(flags, "--token-key="+b.signer.Path)
	}
	if !slices.Contains(s.flags, graphMemory) {
		return process.Start(ctx, path, append(flags, s.flags...)...)
	}
	running, err := process.Start(ctx, path, slices.Concat(flags, []string{"--admin-listen=127.0.0.1:0"}, s.flags)...)
	if err != nil {
		return nil, err
	}
	if err := awaitGraph(ctx, running); err != nil {
		return nil, errors.Join(err, running.Stop())
	}
	return running, nil
}

// build compiles Followgraph from this source.
func build(ctx context.Context, dir string) (string, error) {
	path := filepath.Join(dir, "followgraph")
	if _, err := process.Run(ctx, nil, os.Stderr, "go", "build", "-o", path, "followgraph/cmd/followgraph"); err != nil {
		return "", fmt.Errorf("go build: %w", err)
	}
	return path, nil
}

// awaitGraph waits until a server answers from memory: until an operation needs no SQL statement.
func awaitGraph(ctx context.Context, running *process.Server) error {
	ctx, cancel := context.WithTimeout(ctx, loadLimit)
	defer cancel()
	address, err := running.Metrics(ctx)
	if err != nil {
		return err
	}
	tick := time.NewTicker(loadPoll)
	defer tick.Stop()
	for {
		before, err := scrape.Read(ctx, address)
		if err != nil {
			return err
		}
		probe := []load.Request{{Body: []byte(`{"query": "{ users(first: 1) { nodes { id } } }"}`), Key: `"id"`, Nodes: 1}}
		if err := load.Probe(ctx, running.Address, probe, func(_ int, a load.Answer) error { return probe[0].Check(a.Status, a.Body) }); err != nil {
			return err
		}
		after, err := scrape.Read(ctx, address)
		if err != nil || after.Statements() == before.Statements() {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the graph is not in memory after %s", loadLimit)
		case <-tick.C:
		}
	}
}

const (
	loadLimit = 20 * time.Minute // the maximum time for loading a graph
	loadPoll  = 20 * time.Millisecond
)
