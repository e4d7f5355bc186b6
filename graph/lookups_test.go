package graph_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"followgraph/internal/globalid"
)

// lookupField is a field that makes a lookup, with what it takes to select it.
type lookupField struct {
	name string
	// ways are the selections that lead from what the field returns to users, with %s for what is selected of them;
	// none where the field returns no users.
	ways []string
	leaf string // the selection that makes no lookup below; empty where the field returns no object
}

// plain selects the field alone.
func (f lookupField) plain() string { return f.name + f.leaf }

// through selects something of the users that the field returns.
func (f lookupField) through(way string, selected ...any) string {
	return f.name + " { " + fmt.Sprintf(way, selected...) + " }"
}

// both are the selections that lead to users twice, by two ways or by the same one.
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

// words writes operations over a schema.
type words struct{ schema *ast.Schema }

// field is a field with arguments that its resolver takes.
func (w words) field(object string, field *ast.FieldDefinition) lookupField {
	var arguments []string
	for _, argument := range field.Arguments {
		// By default a page has more than it takes; and of those that name a user, one must be given.
		if argument.Type.NonNull && argument.DefaultValue == nil || argument.Name == "first" || object+"."+field.Name+"."+argument.Name == "Query.user.username" {
			arguments = append(arguments, argument.Name+": "+w.value(argument.Name, argument.Type))
		}
	}
	found := lookupField{name: field.Name}
	if arguments != nil {
		found.name += "(" + strings.Join(arguments, ", ") + ")"
	}
	if returned := w.schema.Types[field.Type.Name()]; returned.IsCompositeType() {
		found.leaf = " { __typename }"
		found.ways = w.ways(returned, nil)
	}
	return found
}

// ways are the selections of an object that lead to users, by fields that are data.
func (w words) ways(object *ast.Definition, through []string) (ways []string) {
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

// given are values of arguments and inputs whose type says too little.
var given = map[string]string{
	"first": "2", "username": `"layla"`, "phoneNumber": `"+41446681800"`, "query": `"a"`,
	"password": `"a long one"`, "newPassword": `"a long one"`, "currentPassword": `"a long one"`,
	"userIds": fmt.Sprintf("[%q, %q, %q, \"broken\"]", globalid.User("bo"), globalid.User("ada"), globalid.User("bo")),
}

// value is a value of a type for an argument, or a field of an input.
func (w words) value(name string, of *ast.Type) string {
	definition := w.schema.Types[of.Name()]
	switch {
	case given[name] != "":
		return given[name]
	case of.Elem != nil:
		return "[" + w.value(name, of.Elem) + "]"
	case definition.Kind == ast.Enum:
		return definition.EnumValues[0].Name
	case definition.Kind == ast.InputObject:
		var fields []string
		for _, field := range definition.Fields {
			if field.Type.NonNull || field.Name == "currentPassword" { // of one's own
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

// beside selects fields beside each other, each under a name of its own.
func beside(fields ...string) string {
	var all strings.Builder
	for i, field := range fields {
		fmt.Fprintf(&all, "%c: %s ", 'a'+i, field)
	}
	return all.String()
}

// pairs are all arrangements of two of the fields: beside each other, and one below the other.
func pairs(fields []lookupField) (selections []string) {
	for i, a := range fields {
		for _, b := range fields[i:] {
			selections = append(selections, beside(a.plain(), b.plain()))
		}
		for _, way := range a.ways {
			for _, b := range fields {
				selections = append(selections, a.through(way, b.plain()))
			}
		}
	}
	return selections
}

// triples are all arrangements of three.
func triples(fields []lookupField) (selections []string) {
	for i, a := range fields {
		for j, b := range fields[i:] {
			for _, c := range fields[i+j:] {
				selections = append(selections, beside(a.plain(), b.plain(), c.plain()))
			}
		}
		for _, way := range a.ways {
			for _, below := range pairs(fields) { // both below the first, or one below the other
				selections = append(selections, a.through(way, below))
			}
			for _, b := range fields {
				for _, c := range fields { // one beside the two
					selections = append(selections, beside(c.plain(), a.through(way, b.plain())))
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
