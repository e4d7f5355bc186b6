// Package graphverify compares a dump of the graph in memory with SQL at the same commit, row by row.
//
// Both sides come in the same order, so that the comparison is a merge: it holds one record of each. compare.go has the
// merge of accounts, times of counts and orders, list.go that of the lists, and describe.go the words for a difference.
package graphverify

import (
	"context"
	"fmt"
	"io"

	"followgraph/internal/graphdump"
)

// SQL reads the tables at the commit of the dump, each in the order of its section.
type SQL interface {
	Users(ctx context.Context, visit func(*graphdump.User) error) error
	Counts(ctx context.Context, visit func(*graphdump.CountsTime) error) error
	// Follows reads the lists of a section. The ids are valid until visit returns.
	Follows(ctx context.Context, of graphdump.Section, visit func(owner []byte, f *graphdump.Follow) error) error
	Places(ctx context.Context, of graphdump.Section, visit func(*graphdump.Place) error) error
}

// Options configure a comparison.
type Options struct {
	// Most is the maximum number of differences to report. Further ones are only counted.
	Most int64
	// Report receives a line for a difference. An error of it ends the comparison.
	Report func(line string) error
	// Progress is called after each 100,000 rows with what is compared and the rows of it so far.
	Progress func(phase string, rows int64)
}

// Result is what a comparison has read.
type Result struct {
	Users, Follows, Counts int64 // rows of SQL
	Differences            int64
}

// comparison is one comparison of a dump with SQL.
type comparison struct {
	opts   Options
	memory *graphdump.Reader
	sql    SQL
	result Result
	rows   int64 // of SQL, in the current section
	phase  string
}

// Compare compares a dump with SQL. The error is nil if both could be read to their end, whether or not they differ.
func Compare(ctx context.Context, dump io.Reader, sql SQL, opts Options) (Result, error) {
	memory, err := graphdump.NewReader(dump)
	if err != nil {
		return Result{}, err
	}
	c := &comparison{opts: opts, memory: memory, sql: sql}
	for _, compare := range []func(context.Context) error{
		c.users, c.counts, c.followers, c.following, c.creation, c.usernames, c.names, c.words, c.totals,
	} {
		if err := compare(ctx); err != nil {
			return c.result, err
		}
	}
	return c.result, nil
}

// begin begins a section.
func (c *comparison) begin(section graphdump.Section, phase string) error {
	c.rows, c.phase = 0, phase
	return c.memory.Begin(section)
}

// progressEvery is the number of rows after which Progress is called.
const progressEvery = 100_000

// row counts a row of SQL.
func (c *comparison) row() {
	c.rows++
	if c.rows%progressEvery == 0 {
		c.opts.Progress(c.phase, c.rows)
	}
}

// differ counts a difference, and reports it unless too many were.
func (c *comparison) differ(format string, args ...any) error {
	c.result.Differences++
	if c.result.Differences > c.opts.Most {
		return nil
	}
	return c.opts.Report(fmt.Sprintf(format, args...))
}

// totals compares the numbers that the version itself has with the rows.
func (c *comparison) totals(context.Context) error {
	totals, err := c.memory.Close()
	if err != nil {
		return err
	}
	if totals.Accounts != c.result.Users {
		if err := c.differ("number of accounts: %d in memory, %d in SQL", totals.Accounts, c.result.Users); err != nil {
			return err
		}
	}
	if totals.Follows != c.result.Follows {
		return c.differ("number of follows: %d in memory, %d in SQL", totals.Follows, c.result.Follows)
	}
	return nil
}
