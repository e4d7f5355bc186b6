// Package scaling extrapolates what a deployment needs from figures that were measured on one machine: memory, disk,
// log, processor time and network for graphs of any size. It writes the tables of docs/scaling.md.
//
//	go run ./bench -scaling -packed -users 1000000   # measures, and writes bench/scaling/figures.json
//	go test ./bench/scaling -update                  # writes the tables
package scaling

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

// Figure is one measured value.
type Figure struct {
	Value float64 `json:"value"`
	// Other is the part of the machine's processor time, from 0 to 1, that other programs took meanwhile.
	Other float64 `json:"other,omitempty"`
}

// Figures are the results of one run of the measurement.
type Figures struct {
	Command string            `json:"command"`
	Machine string            `json:"machine"`
	Users   int               `json:"users"`
	Follows int               `json:"follows"`
	Values  map[string]Figure `json:"values"` // by name
}

// definition describes a figure: its unit, and how the measurement gets it.
type definition struct {
	Name, Unit, How string
	IsTime          bool // depends on what else the machine does
}

// The names of figures.
const (
	DiskUser       = "disk, user"
	DiskFollow     = "disk, follow, full pages"
	DiskGrown      = "disk, follow, grown"
	MemoryUser     = "memory, user"
	MemoryFollow   = "memory, follow"
	MemoryLoad     = "memory at the peak of the load"
	MemoryProgram  = "memory without the graph"
	LoadRate       = "load"
	LoadBytes      = "load, network"
	StreamBytes    = "stream, network"
	SenderCPU      = "stream, PostgreSQL"
	ApplyCPU       = "stream, instance"
	LogRecord1     = "log, 1 connection"
	LogRecord16    = "log, 16 connections"
	LogRecord64    = "log, 64 connections"
	LogImages      = "log, pages after a checkpoint"
	LogImagesLZ4   = "log, pages after a checkpoint, compressed"
	LogUnfollow    = "log, unfollow"
	Rate1          = "follows, 1 connection"
	Rate16         = "follows, 16 connections"
	Rate64         = "follows, 64 connections"
	Group1         = "follows in a commit, 1 connection"
	Group16        = "follows in a commit, 16 connections"
	Group64        = "follows in a commit, 64 connections"
	FollowServer   = "follow, server"
	FollowPostgres = "follow, PostgreSQL"
	ReadRate       = "reads from memory"
	ReadServer     = "read, server"
	NestedServer   = "nested read, server"
	SQLPlain       = "read by SQL, PostgreSQL"
	SQLPostgres    = "nested read by SQL, PostgreSQL"
)

// definitions are all figures, in the order of the table.
var definitions = []definition{
	{MemoryUser, "bytes a user", "`graph_memory_bytes` without `lists`, `index` and `wide`", false},
	{MemoryFollow, "bytes a follow", "`graph_memory_bytes` of `lists`, `index` and `wide`", false},
	{MemoryProgram, "MB", "heap in use after a collection, with `--graph=sql`", false},
	{MemoryLoad, "MB", "resident memory of the process at most, until memory answers", false},
	{LoadRate, "follows/s", "time from the start until memory answers, less that of a start with `--graph=sql`", true},
	{LoadBytes, "bytes a follow", "what PostgreSQL sends until then, users included", false},
	{DiskUser, "bytes a user", "`pg_total_relation_size` of `users` and `user_follow_stats`, with their indexes", false},
	{DiskFollow, "bytes a follow", "`pg_total_relation_size` of `user_follows`, indexes built at the end", false},
	{DiskGrown, "bytes a follow", "the same on a graph whose indexes grew with an import", false},
	{Rate1, "follows/s", "`followUser` for random pairs over HTTP, right after a checkpoint", true},
	{Rate16, "follows/s", "the same", true},
	{Rate64, "follows/s", "the same", true},
	{Group1, "follows", "follows for each commit in the stream", false},
	{Group16, "follows", "the same", false},
	{Group64, "follows", "the same", false},
	{FollowServer, "ms of CPU", "of the instance that is written to, 64 connections", true},
	{FollowPostgres, "ms of CPU", "all processes of PostgreSQL but the WAL senders, 64 connections", true},
	{LogRecord1, "bytes a follow", "records of the log without images of pages (`pg_get_wal_stats`)", false},
	{LogRecord16, "bytes a follow", "the same", false},
	{LogRecord64, "bytes a follow", "the same", false},
	{LogImages, "bytes a follow", "images of pages, right after a checkpoint, when each follow touches pages for the first time", false},
	{LogImagesLZ4, "bytes a follow", "the same with `wal_compression = lz4`", false},
	{LogUnfollow, "bytes an unfollow", "records, with `REPLICA IDENTITY FULL`, one at a time", false},
	{StreamBytes, "bytes a follow", "what PostgreSQL sends to one instance", false},
	{SenderCPU, "µs of CPU", "of the WAL sender of one instance, for a follow", true},
	{ApplyCPU, "µs of CPU", "of an instance that gets no requests, for a follow", true},
	{ReadRate, "requests/s", "Q1 of the [benchmarks](benchmarks.md), 16 connections; the client takes a part of the machine", true},
	{ReadServer, "ms of CPU", "of the server, for a Q1", true},
	{NestedServer, "ms of CPU", "of the server, for a Q3, which returns about 1,120 users", true},
	{SQLPlain, "ms of CPU", "of PostgreSQL, for a Q1 by SQL", true},
	{SQLPostgres, "ms of CPU", "of PostgreSQL, for a Q3 by SQL", true},
}

//go:embed figures.json
var committed []byte

// Committed returns the figures that the documentation is made from.
func Committed() (*Figures, error) {
	var f Figures
	if err := json.Unmarshal(committed, &f); err != nil {
		return nil, fmt.Errorf("figures.json: %w", err)
	}
	return &f, f.check()
}

// check returns an error if a figure is missing, or is not positive, or is unknown.
func (f *Figures) check() error {
	for _, d := range definitions {
		if f.Values[d.Name].Value <= 0 {
			return fmt.Errorf("figures.json has no figure %q", d.Name)
		}
	}
	for name := range f.Values {
		if !slices.ContainsFunc(definitions, func(d definition) bool { return d.Name == name }) {
			return fmt.Errorf("figures.json has the unknown figure %q", name)
		}
	}
	return nil
}

// of returns a value.
func (f *Figures) of(name string) float64 { return f.Values[name].Value }

// Write adds the figures to those of a file, which need not exist.
func (f *Figures) Write(path string) error {
	all := Figures{Values: map[string]Figure{}}
	old, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(old, &all)
	}
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	if f.Command != "" { // else they complete those of another graph
		all.Command, all.Machine, all.Users, all.Follows = f.Command, f.Machine, f.Users, f.Follows
	}
	for name, figure := range f.Values {
		all.Values[name] = figure
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644) //nolint:gosec // for everyone to read
}

// String lists the figures.
func (f *Figures) String() string {
	var text strings.Builder
	for _, d := range definitions {
		if figure, ok := f.Values[d.Name]; ok {
			fmt.Fprintf(&text, "%-40s %12.4g %s", d.Name, figure.Value, d.Unit)
			if d.IsTime {
				fmt.Fprintf(&text, ", other work %.0f %%", 100*figure.Other)
			}
			text.WriteString("\n")
		}
	}
	return text.String()
}
