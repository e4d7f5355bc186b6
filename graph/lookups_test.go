package graph_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"followgraph/internal/globalid"
)

// lookupField is a field that makes a lookup, and the ways to select it.
type lookupField struct {
	name string
	// ways are the selections that lead from the result of the field to users, with %s for the selection of the users.
	// It is empty if the field returns no users.
	ways []string
	leaf string // a selection without lookups; empty if the field returns no object
}

// plain returns the field without lookups below it.
func (f lookupField) plain() string { return f.name + f.leaf }

// through returns the field with selections of its users.
func (f lookupField) through(way string, selected ...any) string {
	return f.name + " { " + fmt.Sprintf(way, selected...) + " }"
}

// both returns the selections that lead to users twice, in two ways or in the same way.
func (f lookupField) both() (ways []string) {
	for i, one := range f.ways {
		for _, other := range f.ways[i:] {
			if !strings.HasPrefix(one, "...") { // a fragment takes no alias
				ways = append(ways, "x: "+one+" y: "+other)
			}
		}
	}
	return ways
}

// operationWriter writes operations on a schema.
type operationWriter struct{ schema *ast.Schema }

// field returns a field with arguments that its resolver accepts.
func (w operationWriter) field(object string, field *ast.FieldDefinition) lookupField {
	var arguments []string
	for _, argument := range field.Arguments {
		// The default page is too large for this test, and Query.user needs one of its arguments.
		if argument.Type.NonNull && argument.DefaultValue == nil || argument.Name == "first" || object+"."+field.Name+"."+argument.Name == "Query.user.username" {
			arguments = append(arguments, argument.Name+": "+w.value(argument.Name, argument.Type))
		}
	}
	lookup := lookupField{name: field.Name}
	if arguments != nil {
		lookup.name += "(" + strings.Join(arguments, ", ") + ")"
	}
	if returned := w.schema.Types[field.Type.Name()]; returned.IsCompositeType() {
		lookup.leaf = " { __typename }"
		lookup.ways = w.ways(returned, nil)
	}
	return lookup
}

// ways returns the selections of an object that lead to users through fields without a resolver.
func (w operationWriter) ways(object *ast.Definition, through []string) (ways []string) {
	switch {
	case object.Name == "User":
		return []string{"%s"}
	case slices.Contains(w.schema.Implements["User"], object):
		return []string{"... on User { %s }"}
	case slices.Contains(through, object.Name):
		return nil
	}
	for _, field := range object.Fields {
		if below := w.schema.Types[field.Type.Name()]; below.IsCompositeType() {
			for _, way := range w.ways(below, append(through, object.Name)) {
				ways = append(ways, field.Name+" { "+way+" }")
			}
		}
	}
	return ways
}

// values are values for arguments and input fields that accept only some values of their type.
var values = map[string]string{
	"first": "2", "username": `"layla"`, "phoneNumber": `"+41446681800"`, "query": `"a"`,
	"password": `"a long one"`, "newPassword": `"a long one"`, "currentPassword": `"a long one"`,
	"userIds": fmt.Sprintf("[%q, %q, %q, \"broken\"]", globalid.User("bo"), globalid.User("ada"), globalid.User("bo")),
}

// value returns a value for an argument or an input field.
func (w operationWriter) value(name string, of *ast.Type) string {
	definition := w.schema.Types[of.Name()]
	switch {
	case values[name] != "":
		return values[name]
	case of.Elem != nil:
		return "[" + w.value(name, of.Elem) + "]"
	case definition.Kind == ast.Enum:
		return definition.EnumValues[0].Name
	case definition.Kind == ast.InputObject:
		var fields []string
		for _, field := range definition.Fields {
			if field.Type.NonNull || field.Name == "currentPassword" { // required for the own account
				fields = append(fields, field.Name+": "+w.value(field.Name, field.Type))
			}
		}
		return "{" + strings.Join(fields, ", ") + "}"
	case of.Name() == "ID":
		return fmt.Sprintf("%q", globalid.User("bo"))
	case of.Name() == "Boolean":
		return "true"
	case of.Name() == "Int":
		return "2"
	default:
		return `"text"`
	}
}

// sideBySide selects fields next to each other under different aliases.
func sideBySide(fields ...string) string {
	var all strings.Builder
	for i, field := range fields {
		fmt.Fprintf(&all, "%c: %s ", 'a'+i, field)
	}
	return all.String()
}

// pairs returns all arrangements of two fields: side by side, and one below the other.
func pairs(fields []lookupField) (selections []string) {
	for i, a := range fields {
		for _, b := range fields[i:] {
			selections = append(selections, sideBySide(a.plain(), b.plain()))
		}
		for _, way := range a.ways {
			for _, b := range fields {
				selections = append(selections, a.through(way, b.plain()))
			}
		}
	}
	return selections
}

// triples returns all arrangements of three fields.
func triples(fields []lookupField) (selections []string) {
	for i, a := range fields {
		for j, b := range fields[i:] {
			for _, c := range fields[i+j:] {
				selections = append(selections, sideBySide(a.plain(), b.plain(), c.plain()))
			}
		}
		for _, way := range a.ways {
			for _, below := range pairs(fields) { // both below the first, or one below the other
				selections = append(selections, a.through(way, below))
			}
			for _, b := range fields {
				for _, c := range fields { // one next to the two
					selections = append(selections, sideBySide(c.plain(), a.through(way, b.plain())))
				}
			}
		}
		for _, ways := range a.both() {
			for _, b := range fields {
				for _, c := range fields {
					selections = append(selections, a.through(ways, b.plain(), c.plain()))
				}
			}
		}
	}
	return selections
}
