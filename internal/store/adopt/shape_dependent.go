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
	KindColumn    = "column"           // of another table, with the row type of one of the three or of a dependent view
	KindType      = "type"
)

// Dependent is an object that refers to one of the three tables, directly or through other objects. Its definitions
// work with any search_path.
type Dependent struct {
	Kind     string `json:"kind"`
	ClassID  uint32 `json:"class_id"` // with OID, the object's address in pg_depend
	OID      uint32 `json:"oid"`
	Schema   string `json:"schema"`
	Name     string `json:"name"`
	Identity string `json:"identity"` // of pg_identify_object: schema-qualified and quoted
	Owner    string `json:"owner"`
	IsOwner  bool   `json:"is_owner"`
	// On are the direct references to the three tables: table, or table.column.
	On  []string `json:"on"`
	Via []string `json:"via"` // identities of other dependents that it refers to
	// RowType reports whether it refers to a table's row type, or to the table as a whole.
	RowType   bool     `json:"row_type"`
	Create    string   `json:"create"` // one statement, without semicolon
	Drop      string   `json:"drop"`
	Restore   []string `json:"restore"` // statements after Create: owner, grants, options, comments, defaults, triggers and rules
	Extension string   `json:"extension"`
}

// DependentsOn returns the dependents that refer to a column for which touches returns true (an empty column means the
// whole table), and all dependents on those, in the order of creation.
func (s *Shape) DependentsOn(touches func(table, column string) bool) []Dependent {
	var dependents []Dependent
	names := map[string]bool{}
	for _, dependent := range s.Dependents {
		hit := slices.ContainsFunc(dependent.On, func(on string) bool {
			table, column, _ := strings.Cut(on, ".")
			return touches(table, column)
		}) || slices.ContainsFunc(dependent.Via, func(via string) bool { return names[via] })
		if hit {
			names[dependent.Identity] = true
			dependents = append(dependents, dependent)
		}
	}
	return dependents
}
