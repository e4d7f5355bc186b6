package migrate

import (
	"fmt"
	"strings"

	atlas "ariga.io/atlas/sql/migrate"
)

// State is where a database stands, seen from the migrations of this binary.
type State struct {
	Current string   // version of the newest applied migration, empty when there is none
	Latest  string   // version of the newest migration that this binary has
	Applied []string // versions that the database has, oldest first
	Pending []string // names of the files that Up would apply, in its order
	Ahead   []string // versions that the database has and this binary does not know, newer than Latest
}

// IsAhead reports whether a newer binary has migrated the database. An older one
// may go on serving it: while versions are rolled out, or rolled back, both run,
// and migrations are written for that.
func (s State) IsAhead() bool { return len(s.Ahead) > 0 }

// BehindError says that the database lacks migrations of this binary.
type BehindError struct {
	Current string   // empty when no migration was ever applied
	Latest  string   // where this binary wants the database to be
	Pending []string // file names, in order
}

func (e *BehindError) Error() string {
	at := "has no migrations yet"
	if e.Current != "" {
		at = "is at version " + e.Current
	}
	return fmt.Sprintf("the database %s, this program needs %s (%d to apply): run `followgraph migrate up`", at, e.Latest, len(e.Pending))
}

// compare tells what a database with these revisions, in order of their versions,
// has and lacks. What is not newer than the first revision counts as applied: that
// one is either the first file of all or a baseline.
func (d *directory) compare(revisions []*atlas.Revision) State {
	state := State{Latest: d.files[len(d.files)-1].Version()}
	complete := make(map[string]bool, len(revisions))
	for _, revision := range revisions {
		state.Current = revision.Version
		state.Applied = append(state.Applied, revision.Version)
		// Atlas's command line leaves a revision incomplete when a file that opted
		// out of its transaction fails; its executor goes on from there.
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

// checkOrder refuses a pending file that is older than what the database has.
func (d *directory) checkOrder(state State) error {
	for _, name := range state.Pending {
		if version := d.file(name).Version(); version < state.Current {
			return fmt.Errorf("migration %s was never applied, but the database is already at %s: migrations must be added at the end", name, state.Current)
		}
	}
	return nil
}

// versions lists the directory for a message.
func (d *directory) versions() string {
	list := make([]string, len(d.files))
	for i, file := range d.files {
		list[i] = file.Version()
	}
	return strings.Join(list, ", ")
}
