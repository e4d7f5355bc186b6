package config

import (
	"errors"
	"time"

	"github.com/spf13/pflag"
)

// Graph configures whether the graph is held in memory.
type Graph struct {
	Mode         string        // auto, memory, sql
	StreamURL    string        // where the stream of commits is read; empty: the database's URL
	Memory       int           // bytes; 0: derived from the heap's limit
	MaxStaleness time.Duration // how old the graph may be while the database is unreachable
	LiveHistory  int           // bytes; 0: derived from the heap's limit
}

// Values of Graph.Mode.
const (
	GraphAuto   = "auto"
	GraphMemory = "memory"
	GraphSQL    = "sql"
)

// The minimums of Graph.Memory and Graph.LiveHistory if they are not 0.
const (
	minGraphMemory = 1 << 20
	minLiveHistory = 1 << 20
)

func (g *Graph) flags(flags *pflag.FlagSet) {
	flags.StringVar(&g.Mode, "graph", GraphAuto,
		"what answers reads: auto (memory where the database streams its commits and the graph fits, otherwise SQL), memory (the server does not start otherwise) or sql")
	StreamURLFlag(flags, &g.StreamURL)
	flags.IntVar(&g.Memory, "graph-memory", 0,
		"maximum memory in bytes for the graph, at least 1048576; 0: two thirds of what operations and requests leave of the heap's limit, at most half of it")
	flags.DurationVar(&g.MaxStaleness, "max-staleness", 2*time.Minute,
		"how long reads are answered from memory, or by standbys, while the database is unreachable, 0 to 24h")
	flags.IntVar(&g.LiveHistory, "live-history", 0,
		"memory in bytes for the changes from which subscriptions can resume, at least 1048576; 0: a thirty-second of the heap's limit, 8 to 64 MiB")
}

func (g *Graph) validate() error {
	return errors.Join(
		oneOf("graph", g.Mode, GraphAuto, GraphMemory, GraphSQL),
		CheckStreamURL(g.StreamURL),
		when(g.Memory != 0 && g.Memory < minGraphMemory, "--graph-memory must be 0 or at least %d, not %d", minGraphMemory, g.Memory),
		when(g.LiveHistory != 0 && g.LiveHistory < minLiveHistory, "--live-history must be 0 or at least %d, not %d", minLiveHistory, g.LiveHistory),
		when(g.MaxStaleness < 0 || g.MaxStaleness > 24*time.Hour, "--max-staleness must be from 0 to 24h, not %s", g.MaxStaleness),
	)
}

// StreamURLFlag defines --stream-url.
func StreamURLFlag(flags *pflag.FlagSet, url *string) {
	flags.StringVar(url, "stream-url", "",
		"where the stream of commits and the snapshot of the graph are read: a direct address beside a pooler, or a standby of PostgreSQL 16 or newer (default: --database-url)")
}

// CheckStreamURL returns an error that names --stream-url if it is no address of PostgreSQL. It does not repeat the
// address, which may contain a password.
func CheckStreamURL(url string) error {
	return when(url != "" && !isPostgres(url), "--stream-url must begin with postgres:// or postgresql://")
}

// CheckStreamOf returns an error if a stream cannot be that of the private PostgreSQL.
func CheckStreamOf(url string, of Database) error {
	return when(url != "" && of.URL == "", "--stream-url needs --database-url: the private PostgreSQL is its own stream")
}
