package rehearsal_test

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// phase is a part of a move, with the effect on the service.
type phase struct {
	name         string
	began, ended time.Time
	read, write  time.Duration // the longest that a reader and a writer waited for an operation that overlaps the phase
	writes       int
}

// result contains the measurements of one move.
type result struct {
	move
	version   string // of PostgreSQL
	phases    []*phase
	errors    map[string]int // of the service, by SQLSTATE and message
	deadlocks int            // among them
	lost      []string
	compared  int
	checks    int
	drifts    int64
	links     links
	alembic   [3]string // what `alembic check` says before, after the switch with the new models, and at the end of undo
	kills     int
	other     []string // other faults
}

// observe records operations of the service.
func (r *result) observe(operations []operation) {
	for _, o := range operations {
		if o.Error != nil {
			r.errors[*o.Error]++
			if strings.HasPrefix(*o.Error, "40P01") {
				r.deadlocks++
			}
		}
		began, took := o.began(), o.took()
		for _, p := range r.phases {
			if began.After(p.ended) || began.Add(took).Before(p.began) {
				continue
			}
			if o.Kind == "read" {
				p.read = max(p.read, took)
			} else {
				p.write = max(p.write, took)
				p.writes++
			}
		}
	}
}

// longest returns the longest wait during the move, from the first step to the last.
func (r *result) longest() time.Duration {
	var longest time.Duration
	for _, p := range r.phases {
		if p.name != "before" {
			longest = max(longest, p.read, p.write)
		}
	}
	return longest
}

// printTable prints the results, one move after the other.
func printTable(out io.Writer, results []*result) {
	for _, r := range results {
		fmt.Fprintf(out, "\n%s (PostgreSQL %s): %d kills; %d deadlocks; %d of %d acknowledged writes lost; %d drifts in %d comparisons\n",
			r.move, r.version, r.kills, r.deadlocks, len(r.lost), r.compared, r.drifts, r.checks)
		if l := r.links; l.follows > 0 {
			fmt.Fprintf(out, "links: %d of %d accounts that the pool tells, %d wrong; %d follows have both users, the pool tells %d of %d\n",
				l.linked, l.accounts, l.wrong, l.both, l.linkable, l.follows)
		}
		fmt.Fprintf(out, "%-15s %10s %10s %10s %8s\n", "phase", "seconds", "read ms", "write ms", "writes")
		for _, p := range r.phases {
			fmt.Fprintf(out, "%-15s %10.2f %10.0f %10.0f %8d\n", p.name, p.ended.Sub(p.began).Seconds(), millis(p.read), millis(p.write), p.writes)
		}
		for message, times := range r.errors {
			fmt.Fprintf(out, "%6d times %s\n", times, message)
		}
		for n, when := range []string{"before", "after the switch", "after undo"} {
			if r.alembic[n] != "" {
				fmt.Fprintf(out, "alembic check %s: %s\n", when, r.alembic[n])
			}
		}
		for _, line := range append(first(r.lost, 5), first(r.other, 20)...) {
			fmt.Fprintln(out, line)
		}
	}
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func first(lines []string, n int) []string { return lines[:min(n, len(lines))] }
