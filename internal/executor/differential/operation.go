// Package differential sends the same random operations to several executors of one schema, and reports differences
// between their answers. It is for tests.
package differential

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Options configure a Generator beyond what the schema says.
type Options struct {
	// Schema is the schema of the operations.
	Schema *ast.Schema
	// Values maps names of types to functions that return random values: bool, int, float64, string, nil, or []any and
	// map[string]any of these. Custom scalars need one. Other types may have one.
	Values map[string]func(r *rand.Rand) any
	// Arguments maps arguments, by "Type.field.argument", to functions that return random values.
	Arguments map[string]func(r *rand.Rand) any
	// FieldDirectives and QueryDirectives are GraphQL texts that are added to some fields and queries.
	FieldDirectives, QueryDirectives []string
	// Introspection contains GraphQL texts of selections that are added to some queries, each under an alias.
	Introspection []string
	// Defer adds @defer to some fragments. An operation has at most one: if two deferred fragments select the same
	// field, gqlgen answers it in either.
	Defer bool
	// Fields is the approximate maximum of fields in an operation. 0 means 40.
	Fields int
}

// Operation is a GraphQL request.
type Operation struct {
	Text      string
	Name      string
	Variables map[string]any
}

func (o Operation) String() string {
	return fmt.Sprintf("%s\nname: %q\nvariables: %s", o.Text, o.Name, Canonical(o.Variables))
}

// NewOperation returns a random valid query. It merges only selections that gqlgen merges correctly: gqlgen drops those
// of two unrelated interfaces.
func NewOperation(r *rand.Rand, options Options) Operation {
	g := &generator{Options: options, Rand: r, left: max(options.Fields, 40)}
	if options.Fields > 0 {
		g.left = options.Fields
	}
	body := g.selections(options.Schema.Query, newScope(), 2+r.IntN(4))
	operation := Operation{}
	if g.oneIn(3) {
		operation.Name = "Asked"
	}
	directive := ""
	if len(g.QueryDirectives) > 0 && g.oneIn(40) {
		directive = " " + g.QueryDirectives[r.IntN(len(g.QueryDirectives))]
	}
	fragments := g.reachable(body)
	text := body + directive + strings.Join(fragments, "")
	declarations, variables := g.declarations(text)
	operation.Variables = variables
	operation.Text = "query " + operation.Name + declarations + directive + " " + body + strings.Join(fragments, "")
	if operation.Name != "" && g.oneIn(4) {
		operation.Text = "query Other { __typename }\n" + operation.Text
	}
	return operation
}

type generator struct {
	Options
	*rand.Rand
	left          int // number of fields that may still be added
	nameCount     int // number of names that were given
	fragmentDepth int // number of fragments that are being written
	fragments     []*fragment
	variables     []*variable
}

type fragment struct {
	name  string
	on    *ast.Definition
	text  string
	scope *scope
}

func (g *generator) oneIn(n int) bool { return g.IntN(n) == 0 }

// name returns a unique name.
func (g *generator) name(prefix string) string {
	g.nameCount++
	return fmt.Sprint(prefix, g.nameCount)
}

// selections writes a selection set.
func (g *generator) selections(parent *ast.Definition, s *scope, depth int) string {
	var text strings.Builder
	text.WriteString("{")
	for range 1 + g.IntN(5) {
		selection := ""
		switch n := g.IntN(20); {
		case n == 0 && depth > 0:
			selection = g.spread(parent, s, depth)
		case n < 4 && depth > 0:
			selection = g.inline(parent, s, depth)
		case n < 6:
			selection = g.typename(parent, s)
		case parent == g.Schema.Query && len(g.Introspection) > 0 && g.oneIn(20):
			selection = g.name("meta") + ": " + g.Introspection[g.IntN(len(g.Introspection))]
		default:
			selection = g.field(parent, s, depth)
		}
		if selection != "" {
			text.WriteString(" " + selection)
		}
	}
	if text.Len() == 1 {
		text.WriteString(" " + g.name("kind") + ": __typename")
	}
	text.WriteString(" }")
	return text.String()
}

// conditions writes @skip and @include with a low probability.
func (g *generator) conditions() string {
	text := ""
	for _, directive := range []string{" @skip", " @include"} {
		if !g.oneIn(8) {
			continue
		}
		value := fmt.Sprint(g.oneIn(2) == (directive == " @skip"))
		if !g.oneIn(3) {
			value = "$" + g.conditionVariable()
		}
		text += directive + "(if: " + value + ")"
	}
	return text
}

func (g *generator) typename(parent *ast.Definition, s *scope) string {
	alias := []string{"__typename", "kind", "type"}[g.IntN(3)]
	if !s.admit(alias, &entry{field: "__typename", kind: "String!", parents: []*ast.Definition{parent}}) {
		return ""
	}
	if alias != "__typename" {
		alias += ": __typename"
	}
	return alias + g.conditions()
}

// field writes a field, or nothing.
func (g *generator) field(parent *ast.Definition, s *scope, depth int) string {
	g.left--
	field := g.choose(parent, depth)
	if field == nil {
		return ""
	}
	definition := g.Schema.Types[field.Type.Name()]
	e := &entry{field: field.Name, kind: field.Type.String(), parents: []*ast.Definition{parent}}
	if definition.IsCompositeType() {
		e.below = newScope()
	}
	alias := field.Name
	switch n := g.IntN(10); {
	case n == 0:
		alias = []string{"a", "b", "c"}[g.IntN(3)]
	case n == 1:
		alias = g.name("other")
	case n == 2 && parent.Kind == ast.Object && e.below == nil:
		// Objects of different types may have different fields under one key.
		e.own = parent.Name
		alias = "own" + strings.NewReplacer("!", "N", "[", "L", "]", "").Replace(e.kind)
	}
	if known := s.keys[e.key(alias)]; known != nil && known.field == e.field {
		e.arguments = known.arguments
	} else {
		e.arguments = g.arguments(parent.Name, field)
	}
	if !s.admit(alias, e) {
		alias = g.name("other")
		e.own = ""
		s.admit(alias, e)
	}
	text := field.Name + e.arguments + g.conditions()
	if alias != field.Name {
		text = alias + ": " + text
	}
	if len(g.FieldDirectives) > 0 && g.oneIn(40) {
		text += " " + g.FieldDirectives[g.IntN(len(g.FieldDirectives))]
	}
	if e.below != nil {
		text += " " + g.selections(definition, s.keys[e.key(alias)].below, depth-1)
	}
	return text
}

// choose returns a random field. It returns a leaf if there is no room for fields below.
func (g *generator) choose(parent *ast.Definition, depth int) *ast.FieldDefinition {
	var fields []*ast.FieldDefinition
	for _, field := range parent.Fields {
		isLeaf := !g.Schema.Types[field.Type.Name()].IsCompositeType()
		if !strings.HasPrefix(field.Name, "__") && (isLeaf || depth > 0 && g.left > 0) {
			fields = append(fields, field)
		}
	}
	if len(fields) == 0 {
		return nil
	}
	return fields[g.IntN(len(fields))]
}

// inline writes an inline fragment.
func (g *generator) inline(parent *ast.Definition, s *scope, depth int) string {
	on, condition := parent, ""
	if !g.oneIn(4) {
		on = g.overlapping(parent)
		condition = " on " + on.Name
	}
	return "..." + condition + g.conditions() + g.deferred() + " " + g.selections(on, s, depth-1)
}

// deferred writes @defer with a low probability.
func (g *generator) deferred() string {
	if !g.Defer || g.fragmentDepth > 0 || !g.oneIn(4) {
		return ""
	}
	g.Defer = false
	return fmt.Sprintf(" @defer(label: %q)", g.name("later"))
}

// spread writes a spread of a new or an existing fragment, or nothing.
func (g *generator) spread(parent *ast.Definition, s *scope, depth int) string {
	var chosen *fragment
	if len(g.fragments) > 0 && g.oneIn(2) {
		chosen = g.fragments[g.IntN(len(g.fragments))]
	} else {
		on := g.overlapping(parent)
		g.fragmentDepth++
		chosen = &fragment{name: g.name("Part"), on: on, scope: newScope()}
		chosen.text = fmt.Sprintf("\nfragment %s on %s %s", chosen.name, on.Name, g.selections(on, chosen.scope, depth-1))
		g.fragmentDepth--
		g.fragments = append(g.fragments, chosen)
	}
	if !g.overlap(parent, chosen.on) || !s.merges(chosen.scope) {
		return ""
	}
	s.merge(chosen.scope)
	return "..." + chosen.name + g.conditions() + g.deferred()
}

// overlapping returns a random type that shares an object type with the parent.
func (g *generator) overlapping(parent *ast.Definition) *ast.Definition {
	var types []*ast.Definition
	for _, definition := range g.Schema.Types {
		if definition.IsCompositeType() && !strings.HasPrefix(definition.Name, "__") && g.overlap(parent, definition) {
			types = append(types, definition)
		}
	}
	slices.SortFunc(types, func(a, b *ast.Definition) int { return strings.Compare(a.Name, b.Name) })
	return types[g.IntN(len(types))]
}

func (g *generator) overlap(a, b *ast.Definition) bool {
	others := g.Schema.GetPossibleTypes(b)
	return slices.ContainsFunc(g.Schema.GetPossibleTypes(a), func(possible *ast.Definition) bool {
		return possible.Kind == ast.Object && slices.Contains(others, possible)
	})
}

// reachable returns the texts of the fragments that a text spreads, directly or through other fragments.
func (g *generator) reachable(text string) []string {
	var texts []string
	for i := len(g.fragments) - 1; i >= 0; i-- { // a fragment spreads only older fragments
		if mentions(text, "..."+g.fragments[i].name) {
			text += g.fragments[i].text
			texts = append(texts, g.fragments[i].text)
		}
	}
	return texts
}

// mentions reports whether a text contains a word that is not part of a longer one.
func mentions(text, word string) bool {
	for {
		at := strings.Index(text, word)
		if at < 0 {
			return false
		}
		text = text[at+len(word):]
		if text == "" || text[0] < '0' || text[0] > '9' {
			return true
		}
	}
}
