package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"followgraph/bench/process"
	"followgraph/bench/shape"
)

// server is one that is measured. All take the same requests and have the same number of connections to PostgreSQL.
type server struct {
	name string
	// path is the program; empty: Followgraph as it stands here, or for a baseline this program.
	path     string
	baseline string   // the kind; empty: a Followgraph
	flags    []string // of Followgraph's serve, beside those that all have

	forWrites bool // differs from another server in how it writes, and is measured under shapes that write only
}

func (s server) under(sh shape.Shape) bool { return sh.Writes || !s.forWrites }

// reference is the server that ratios are to.
const reference = "limit-onesql"

var allServers = []server{
	{name: "followgraph", flags: []string{"--executor=compiled"}},
	{name: "followgraph-gqlgen", flags: []string{"--executor=gqlgen"}},
	{name: "followgraph-alone", flags: []string{"--max-follow-batch=1"}, forWrites: true},
	{name: reference, baseline: "onesql"},
	{name: "limit-levels", baseline: "levels"},
}

// findServers gives the servers of these names, comma-separated; none at all for "none".
func findServers(names string) ([]server, error) {
	switch names {
	case "":
		return slices.Clone(allServers), nil
	case "none":
		return nil, nil
	}
	var found []server
	for _, name := range strings.Split(names, ",") {
		i := slices.IndexFunc(allServers, func(s server) bool { return s.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no server %q; -also measures another binary", name)
		}
		found = append(found, allServers[i])
	}
	return found, nil
}

// parseAlso reads name=path, with flags of that program behind it.
func parseAlso(value string) (server, error) {
	name, rest, _ := strings.Cut(value, "=")
	fields := strings.Fields(rest)
	if name == "" || len(fields) == 0 {
		return server{}, fmt.Errorf("%q is not of the form name=path", value)
	}
	path, err := filepath.Abs(fields[0])
	return server{name: name, path: path, flags: fields[1:]}, err
}

// start runs the server on a database. With timing its answers tell how many statements they took.
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
	if s.path == "" || b.write() || b.flood { // else a binary from before there were tokens can be measured too
		flags = append(flags, "--token-key="+b.signer.path)
	}
	return process.Start(ctx, path, append(flags, s.flags...)...)
}

// build compiles Followgraph as it stands here.
func build(ctx context.Context, dir string) (string, error) {
	path := filepath.Join(dir, "followgraph")
	if _, err := process.Run(ctx, nil, os.Stderr, "go", "build", "-o", path, "followgraph/cmd/followgraph"); err != nil {
		return "", fmt.Errorf("go build: %w", err)
	}
	return path, nil
}
