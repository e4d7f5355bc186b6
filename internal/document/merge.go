package document

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// maxMergeSteps limits the number of fields and values that are compared.
const maxMergeSteps = 200_000

// merge checks that fields with the same response name can be merged ("GraphQL", 5.3.2 Field Selection Merging). The
// specification and gqlparser compare all pairs, and thousands of `__typename` make millions of pairs. But all pairs of
// a group must agree in the same properties. So merge compares each field of a group only with the first one, and then
// checks the selections of all fields of the group together. It checks each group once, even if several fragments lead
// to it.
//
// The document must pass all other rules: fragments exist and have no cycles, and each field has a definition.
func merge(schema *ast.Schema, document *ast.QueryDocument) gqlerror.List {
	m := &merger{schema: schema, numbers: map[*ast.Field]uint32{}, done: map[string]bool{}}
	for _, operation := range document.Operations {
		m.check([]ast.SelectionSet{operation.SelectionSet}, sameField)
	}
	return m.errs
}

// strictness selects the properties that fields with the same response name must have in common.
type strictness byte

const (
	sameShape strictness = iota // only the shape of their values, because no object has both types (SameResponseShape)
	sameField                   // also the field name and the arguments (FieldsInSetCanMerge)
)

type merger struct {
	schema  *ast.Schema
	numbers map[*ast.Field]uint32
	done    map[string]bool // groups that have been checked, by the numbers of their fields
	steps   int
	errs    gqlerror.List
}

// step counts one step of work. It reports whether to stop.
func (m *merger) step(at *ast.Position) (stop bool) {
	if m.steps++; m.steps == maxMergeSteps {
		m.errs = gqlerror.List{tooComplex(at, "too many fields of the document have the same response name: use fewer fragments, or use aliases")}
	}
	return m.steps >= maxMergeSteps || len(m.errs) >= maxErrors
}

// check checks the selection sets of one object together.
func (m *merger) check(sets []ast.SelectionSet, strict strictness) {
	fields := collection{fields: map[string][]*ast.Field{}, seen: map[string]bool{}}
	for _, set := range sets {
		m.collect(&fields, set)
	}
	for _, name := range fields.names {
		m.checkFields(name, fields.fields[name], strict)
	}
}

// collection maps response names to fields, with fragments expanded.
type collection struct {
	names  []string
	fields map[string][]*ast.Field
	seen   map[string]bool // names of fragments
}

func (m *merger) collect(fields *collection, set ast.SelectionSet) {
	for _, selection := range set {
		if m.step(selection.GetPosition()) {
			return
		}
		switch selection := selection.(type) {
		case *ast.Field:
			if fields.fields[selection.Alias] == nil {
				fields.names = append(fields.names, selection.Alias)
			}
			fields.fields[selection.Alias] = append(fields.fields[selection.Alias], selection)
		case *ast.InlineFragment:
			m.collect(fields, selection.SelectionSet)
		case *ast.FragmentSpread:
			if !fields.seen[selection.Name] {
				fields.seen[selection.Name] = true
				m.collect(fields, selection.Definition.SelectionSet)
			}
		}
	}
}

// checkFields checks fields with the same response name.
func (m *merger) checkFields(name string, fields []*ast.Field, strict strictness) {
	for _, field := range fields[1:] {
		if m.step(field.Position) {
			return
		}
		if m.differInShape(fields[0].Definition.Type, field.Definition.Type) {
			m.conflict(name, fields[0], field, fmt.Sprintf("they return conflicting types %q and %q",
				fields[0].Definition.Type.String(), field.Definition.Type.String()))
			return
		}
	}
	if strict == sameShape {
		m.below(fields, sameShape)
		return
	}
	groups := byParent(fields)
	if len(groups) > 1 {
		m.below(fields, sameShape)
	}
	for _, group := range groups {
		if m.same(name, group) {
			m.below(group, sameField)
		}
	}
}

// byParent groups fields that can belong to the same object: for each object type its fields, and those of interfaces
// and unions.
func byParent(fields []*ast.Field) [][]*ast.Field {
	var objects []string
	for _, field := range fields {
		if parent := field.ObjectDefinition; parent.Kind == ast.Object && !slices.Contains(objects, parent.Name) {
			objects = append(objects, parent.Name)
		}
	}
	if len(objects) < 2 {
		return [][]*ast.Field{fields}
	}
	groups := make([][]*ast.Field, len(objects))
	for i, object := range objects {
		for _, field := range fields {
			if parent := field.ObjectDefinition; parent.Kind != ast.Object || parent.Name == object {
				groups[i] = append(groups[i], field)
			}
		}
	}
	return groups
}

// same reports whether all fields have the same name and arguments.
func (m *merger) same(name string, fields []*ast.Field) bool {
	first := fields[0]
	for _, field := range fields[1:] {
		switch {
		case m.step(field.Position):
			return false
		case field.Name != first.Name:
			m.conflict(name, first, field, fmt.Sprintf("%q and %q are different fields", first.Name, field.Name))
			return false
		case !m.sameArguments(first.Arguments, field.Arguments):
			m.conflict(name, first, field, "they have differing arguments")
			return false
		}
	}
	return true
}

func (m *merger) conflict(name string, first, second *ast.Field, cause string) {
	if m.steps < maxMergeSteps && len(m.errs) < maxErrors {
		m.errs = append(m.errs, invalid(fmt.Sprintf(
			"Fields %q conflict because %s. Use different aliases on the fields to fetch both if this was intentional.", name, cause,
		), first.Position, second.Position))
	}
}

// below checks the selections of fields.
func (m *merger) below(fields []*ast.Field, strict strictness) {
	var sets []ast.SelectionSet
	var numbers []uint32
	for _, field := range fields {
		if len(field.SelectionSet) == 0 {
			continue
		}
		number, ok := m.numbers[field]
		if !ok {
			number = uint32(len(m.numbers))
			m.numbers[field] = number
		}
		sets = append(sets, field.SelectionSet)
		numbers = append(numbers, number)
	}
	if len(sets) == 0 {
		return
	}
	slices.Sort(numbers)
	key := []byte{byte(strict)}
	for _, number := range numbers {
		key = binary.BigEndian.AppendUint32(key, number)
	}
	if !m.done[string(key)] {
		m.done[string(key)] = true
		m.check(sets, strict)
	}
}

// differInShape reports whether values of two types differ in shape, without their selections.
func (m *merger) differInShape(a, b *ast.Type) bool {
	for a.Elem != nil && b.Elem != nil {
		if a.NonNull != b.NonNull {
			return true
		}
		a, b = a.Elem, b.Elem
	}
	if a.NonNull != b.NonNull || (a.Elem == nil) != (b.Elem == nil) {
		return true
	}
	leaf := m.schema.Types[a.NamedType].IsLeafType() || m.schema.Types[b.NamedType].IsLeafType()
	return leaf && a.NamedType != b.NamedType
}

func (m *merger) sameArguments(a, b ast.ArgumentList) bool {
	if len(a) != len(b) {
		return false
	}
	for _, argument := range a {
		other := b.ForName(argument.Name)
		if other == nil || !m.sameValue(argument.Value, other.Value) {
			return false
		}
	}
	return true
}

// sameValue reports whether two literals are equal. The order of an object's fields does not matter.
func (m *merger) sameValue(a, b *ast.Value) bool {
	if m.step(b.Position) || a.Kind != b.Kind || a.Raw != b.Raw || len(a.Children) != len(b.Children) {
		return false
	}
	for i, child := range a.Children {
		other := b.Children[i].Value
		if a.Kind == ast.ObjectValue {
			other = b.Children.ForName(child.Name)
		}
		if other == nil || !m.sameValue(child.Value, other) {
			return false
		}
	}
	return true
}
