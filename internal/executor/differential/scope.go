package differential

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// scope maps the keys of one position in the answer to their meaning. A key has one meaning wherever it is selected, so
// that all its selections can be merged ("GraphQL", 5.3.2 Field Selection Merging).
type scope struct{ keys map[string]*entry }

// entry is the meaning of a key.
type entry struct {
	field, arguments, kind string
	own                    string            // the only object type it is valid for, or ""
	parents                []*ast.Definition // the types it is selected from
	below                  *scope            // nil for leaves
}

func newScope() *scope { return &scope{keys: map[string]*entry{}} }

func (e *entry) key(alias string) string {
	if e.own != "" {
		return alias + " of " + e.own
	}
	return alias
}

// admit adds a meaning, unless the key has a different one.
func (s *scope) admit(alias string, e *entry) bool {
	one := &scope{keys: map[string]*entry{e.key(alias): e}}
	if !s.merges(one) {
		return false
	}
	s.merge(one)
	return true
}

// merges reports whether two scopes can be merged.
func (s *scope) merges(other *scope) bool {
	for key, e := range other.keys {
		known := s.keys[key]
		if known == nil {
			continue
		}
		if known.field != e.field || known.arguments != e.arguments || known.kind != e.kind || known.below != nil && !known.below.merges(e.below) {
			return false
		}
		for _, parent := range e.parents {
			if !slices.ContainsFunc(known.parents, func(p *ast.Definition) bool { return p == parent }) &&
				slices.ContainsFunc(known.parents, func(p *ast.Definition) bool { return !related(p, parent) }) {
				return false
			}
		}
	}
	return true
}

// related reports whether gqlgen merges the selections of two types, or never needs to.
func related(a, b *ast.Definition) bool {
	return a.Kind == ast.Object && b.Kind == ast.Object || slices.Contains(a.Interfaces, b.Name) || slices.Contains(b.Interfaces, a.Name)
}

// merge adds a scope that can be merged.
func (s *scope) merge(other *scope) {
	for key, e := range other.keys {
		known := s.keys[key]
		if known == nil {
			known = &entry{field: e.field, arguments: e.arguments, kind: e.kind, own: e.own}
			if e.below != nil {
				known.below = newScope()
			}
			s.keys[key] = known
		}
		for _, parent := range e.parents {
			if !slices.Contains(known.parents, parent) {
				known.parents = append(known.parents, parent)
			}
		}
		if e.below != nil {
			known.below.merge(e.below)
		}
	}
}
