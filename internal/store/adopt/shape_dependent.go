package adopt

import (
	"slices"
	"strings"
)

// Kinds of a Dependent.
const (
	KindView      = "view"
	KindMatView   = "materialized view"
	KindRule      = "rule"
	KindPolicy    = "policy"
	KindFunction  = "function"
	KindGenerated = "generated column" // of one of the three tables, or a default that refers to it
	KindColumn    = "column"           // of another table, whose type is a row of one of the three or of a dependent view
	KindType      = "type"
)

// Dependent is an object that refers to one of the three tables, directly or through others. Its definitions can be run
// under any search_path.
type Dependent struct {
	Kind     string `json:"kind"`
	ClassID  uint32 `json:"class_id"` // with OID, what pg_depend calls it
	OID      uint32 `json:"oid"`
	Schema   string `json:"schema"`
	Name     string `json:"name"`
	Identity string `json:"identity"` // as pg_identify_object words it: schema-qualified and quoted
	Owner    string `json:"owner"`
	IsOwner  bool   `json:"is_owner"`
	// On are the references to the three tables: table, or table.column. A reference of a view that another view hides is
	// that view's alone.
	On  []string `json:"on"`
	Via []string `json:"via"` // identities of other dependents that it refers to
	// RowType reports whether it refers to a table's row type, or to the table as a whole.
	RowType   bool     `json:"row_type"`
	Create    string   `json:"create"` // one statement, without semicolon
	Drop      string   `json:"drop"`
	Restore   []string `json:"restore"` // after Create: owner, grants, options, comments, defaults, triggers and rules of a view
	Extension string   `json:"extension"`
}

// DependentsOn returns the dependents that refer to a column for which touches holds (an empty column is the table as a
// whole), and all that refer to those in turn, in the order in which they can be made.
func (s *Shape) DependentsOn(touches func(table, column string) bool) []Dependent {
	var found []Dependent
	names := map[string]bool{}
	for _, dependent := range s.Dependents {
		hit := slices.ContainsFunc(dependent.On, func(on string) bool {
			table, column, _ := strings.Cut(on, ".")
			return touches(table, column)
		}) || slices.ContainsFunc(dependent.Via, func(via string) bool { return names[via] })
		if hit {
			names[dependent.Identity] = true
			found = append(found, dependent)
		}
	}
	return found
}
