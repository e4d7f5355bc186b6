package adopt

import (
	"fmt"
	"time"
)

// Kind is the consequence of a finding for an adoption.
type Kind string

// The kinds of findings.
const (
	Blocks  Kind = "blocks"  // prepare refuses until it is fixed
	Repairs Kind = "repairs" // prepare repairs it
	Notes   Kind = "notes"   // for information
)

// Finding is one result of the check.
type Finding struct {
	Kind Kind   `json:"kind"`
	Code string `json:"code"` // a short name, the same for all findings of one sort
	What string `json:"what"` // one or two sentences without a full stop at the end
	// Number is the number of affected rows or objects; 0 if the finding is about one object.
	Number int64 `json:"number,omitempty"`
	// SQL contains statements that fix a blocking finding or show the affected rows.
	SQL []string `json:"sql,omitempty"`
	// IDs are ids of affected users, 10 at most.
	IDs []int64 `json:"ids,omitempty"`
}

// maxIDs bounds Finding.IDs.
const maxIDs = 10

// Size is the size of a table.
type Size struct {
	Table string `json:"table"`
	Rows  int64  `json:"rows"`
	// Estimated reports whether Rows is the planner's estimate, because counting was skipped or took too long.
	Estimated bool  `json:"estimated"`
	Bytes     int64 `json:"bytes"` // with indexes
}

// Report is the result of Check.
type Report struct {
	Database string `json:"database"` // name, server, encoding, locale and role, in words
	What     string `json:"what"`     // what the tables are, in words
	Revision string `json:"revision"` // the service's revision that the tables match; empty if they match none
	Step     Step   `json:"step"`     // of an adoption in progress; empty if there is none
	// State is the state of the adoption and what to run next, in words.
	State    string        `json:"state"`
	Sizes    []Size        `json:"sizes"`
	Duration time.Duration `json:"prepare_nanoseconds"` // estimated duration of prepare; 0 if there is nothing to prepare
	Disk     int64         `json:"prepare_bytes"`       // estimated disk space that prepare needs in addition
	Findings []Finding     `json:"findings"`            // blocking ones first

	// Shape is the catalog that the report is based on.
	Shape *Shape `json:"-"`
}

// Blocked reports whether any finding blocks.
func (r *Report) Blocked() bool {
	for _, finding := range r.Findings {
		if finding.Kind == Blocks {
			return true
		}
	}
	return false
}

// Blocking returns an error that names what blocks, or nil if nothing does.
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
		return fmt.Errorf("%s: `followgraph adopt check` prints how to fix it", first)
	default:
		return fmt.Errorf("%s (and %d more): `followgraph adopt check` prints how to fix them", first, count-1)
	}
}
