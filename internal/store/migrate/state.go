package migrate

import (
	"fmt"
	"strings"

	atlas "ariga.io/atlas/sql/migrate"
)

// State is the state of a database relative to the migrations of this binary.
type State struct {
	Current string   // version of the newest applied migration; empty if there is none
	Latest  string   // version of the newest migration of this binary
	Applied []string // versions that the database has, oldest first
	Pending []string // names of the files that Up would apply, in order
	Ahead   []string // versions of the database that are newer than Latest
}

// IsAhead reports whether a newer binary has migrated the database. This binary can still serve it: during a rollout or
// rollback both versions run, and migrations are written for that.
func (s State) IsAhead() bool { return len(s.Ahead) > 0 }

// BehindError is returned by Check if the database lacks migrations of this binary.
type BehindError struct {
	Current string   // empty if no migration was ever applied
	Latest  string   // version that this binary needs
	Pending []string // file names in order
}

func (e *BehindError) Error() string {
	at := "has no migrations yet"
	if e.Current != "" {
		at = "is at version " + e.Current
	}
	return fmt.Sprintf("the database %s, but this program needs %s (%d to apply): run `followgraph migrate up`", at, e.Latest, len(e.Pending))
}

// compare returns the state of a database with the given revisions, which are sorted by version. Files up to the first
// revision count as applied, because that revision is either the first file or a baseline.
func (d *directory) compare(revisions []*atlas.Revision) State {
	state := State{Latest: d.files[len(d.files)-1].Version()}
	complete := make(map[string]bool, len(revisions))
	for _, revision := range revisions {
		state.Current = revision.Version
		state.Applied = append(state.Applied, revision.Version)
		// If a file without a transaction fails, Atlas's command line leaves its revision incomplete. The executor continues
		// there.
		complete[revision.Version] = revision.Applied == revision.Total
		if revision.Version > state.Latest {
			state.Ahead = append(state.Ahead, revision.Version)
		}
	}
	for _, file := range d.files {
		version := file.Version()
		done, started := complete[version]
		if done || !started && len(revisions) > 0 && version < revisions[0].Version {
			continue
		}
		state.Pending = append(state.Pending, file.Name())
	}
	return state
}

// checkOrder returns an error for a pending file that is older than the current version.
func (d *directory) checkOrder(state State) error {
	for _, name := range state.Pending {
		if version := d.file(name).Version(); version < state.Current {
			return fmt.Errorf("migration %s was never applied, but the database is already at %s: a new migration needs a later version", name, state.Current)
		}
	}
	return nil
}

// versions lists the versions of the directory for an error message.
func (d *directory) versions() string {
	list := make([]string, len(d.files))
	for i, file := range d.files {
		list[i] = file.Version()
	}
	return strings.Join(list, ", ")
}
