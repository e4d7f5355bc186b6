package adopt

import (
	"fmt"
	"time"
)

// Kind is what a finding means for an adoption.
type Kind string

// The kinds of findings.
const (
	Blocks  Kind = "blocks"  // prepare refuses until it is cured
	Repairs Kind = "repairs" // prepare repairs it
	Notes   Kind = "notes"   // good to know
)

// Finding is something that the check found.
type Finding struct {
	Kind Kind   `json:"kind"`
	Code string `json:"code"` // a short name, the same for all findings of one sort
	What string `json:"what"` // a sentence or two without a full stop at the end
	// Number is how many rows or objects it is about; 0 where it is about one object.
	Number int64 `json:"number,omitempty"`
	// SQL are the statements that cure what blocks, or that show the rows it is about.
	SQL []string `json:"sql,omitempty"`
	// IDs are some of the ids of the users that it is about, 10 at most.
	IDs []int64 `json:"ids,omitempty"`
}

// maxIDs bounds Finding.IDs.
const maxIDs = 10

// Size is how large a table is.
type Size struct {
	Table string `json:"table"`
	Rows  int64  `json:"rows"`
	// Estimated reports whether Rows is the planner's estimate, because counting took too long.
	Estimated bool  `json:"estimated"`
	Bytes     int64 `json:"bytes"` // with indexes
}

// Report is what Check found.
type Report struct {
	Database string `json:"database"` // name, server, encoding, locale and role, in words
	What     string `json:"what"`     // what the tables are, in words
	Revision string `json:"revision"` // the known step of the service that the tables stand at; empty where they are at none
	Step     Step   `json:"step"`     // of an adoption that is not finished; empty where none goes on
	// State is where the adoption stands, in words.
	State    string        `json:"state"`
	Sizes    []Size        `json:"sizes"`
	Duration time.Duration `json:"prepare_nanoseconds"` // estimate of how long prepare takes; 0 where there is nothing to prepare
	Disk     int64         `json:"prepare_bytes"`       // estimate of the disk space that it needs beside the tables
	Findings []Finding     `json:"findings"`            // those that block first

	// Shape is what the report was made from.
	Shape *Shape `json:"-"`
}

// Blocked reports whether anything blocks.
func (r *Report) Blocked() bool {
	for _, finding := range r.Findings {
		if finding.Kind == Blocks {
			return true
		}
	}
	return false
}

// Blocking returns an error that names what blocks, nil where nothing does.
func (r *Report) Blocking() error {
	var first string
	count := 0
	for _, finding := range r.Findings {
		if finding.Kind == Blocks {
			if count++; count == 1 {
				first = finding.What
			}
		}
	}
	switch count {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("%s: `followgraph adopt check` prints how to cure it", first)
	default:
		return fmt.Errorf("%s (and %d more): `followgraph adopt check` prints how to cure them", first, count-1)
	}
}
