// Package variables coerces the variables of an operation as the specification has it ("GraphQL", 6.1.2 Coercing Variable
// Values, and Input Coercion in 3.5, 3.9, 3.10, 3.11 and 3.12), in the words of GraphQL.js.
//
// gqlparser's own coercion takes a String for an Int and an enum value in any case, and says neither which variable is at
// fault in a form that clients know, nor where it is declared.
package variables

import (
	"fmt"
	"slices"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// maxErrors bounds the errors of one operation's variables; one more says that there may be others.
const maxErrors = 50

// Coerce returns the values of an operation's variables, out of what a client gave: values as encoding/json decodes them,
// numbers as json.Number. A variable that was not given and has no default is not in the result. An Int is an int64, a Float
// a float64, an ID a string, a list a []any, an input object a map[string]any with fields that its type has; a value of a
// scalar of the schema's own is left as it came. Nothing of given is changed.
//
// The errors have the code GRAPHQL_VALIDATION_FAILED, the location of the variable's definition, and no path. The operation
// must have been validated.
func Coerce(schema *ast.Schema, op *ast.OperationDefinition, values map[string]any) (map[string]any, gqlerror.List) {
	c := coercion{schema: schema, op: op}
	result := make(map[string]any, len(op.VariableDefinitions))
	for _, definition := range op.VariableDefinitions {
		value, ok := values[definition.Variable]
		if !ok && definition.DefaultValue != nil {
			var err error
			if value, err = definition.DefaultValue.Value(nil); err == nil {
				ok = true
			}
		}
		c.variable = definition
		switch {
		case !ok && definition.Type.NonNull:
			c.report(`Variable "$%s" of required type "%s" was not provided.`, definition.Variable, definition.Type)
		case !ok:
		case value == nil && definition.Type.NonNull:
			c.report(`Variable "$%s" of non-null type "%s" must not be null.`, definition.Variable, definition.Type)
		default:
			result[definition.Variable] = c.coerce(definition.Type, value, nil)
		}
		if len(c.errs) >= maxErrors {
			c.errs = append(c.errs[:maxErrors], newError(definition, "There are more errors in the variables, which are not shown."))
			break
		}
	}
	if c.errs == nil && slices.ContainsFunc(op.VariableDefinitions, func(definition *ast.VariableDefinition) bool {
		value, ok := result[definition.Variable]
		return ok && value == nil
	}) {
		c.errs = nulls(op, result)
	}
	if c.errs != nil {
		return nil, c.errs
	}
	return result, nil
}

// coercion is the state of one Coerce.
type coercion struct {
	schema   *ast.Schema
	op       *ast.OperationDefinition
	variable *ast.VariableDefinition // whose value is being coerced
	secrets  map[string]bool         // variables that are secret; nil until the first error asks
	errs     gqlerror.List
}

// at is a place inside a variable's value: the steps from it to the variable, innermost first.
type location struct {
	name  string // of an input object's field; empty for an element of a list
	index int
	outer *location
}

// coerce returns a value as its type has it, or reports what is wrong with it.
func (c *coercion) coerce(typ *ast.Type, value any, place *location) any {
	if value == nil {
		if typ.NonNull {
			c.invalid(place, value, `Expected non-nullable type "%s" not to be null.`, typ)
		}
		return nil
	}
	if typ.Elem != nil {
		return c.list(typ, value, place)
	}
	definition := c.schema.Types[typ.NamedType]
	switch definition.Kind {
	case ast.InputObject:
		return c.object(definition, value, place)
	case ast.Enum:
		return c.enum(definition, value, place)
	default:
		return c.scalar(definition, value, place)
	}
}

// list coerces a list; any other value is a list of one ("GraphQL", 3.12 Input Coercion).
func (c *coercion) list(typ *ast.Type, value any, place *location) any {
	list, ok := value.([]any)
	if !ok {
		return []any{c.coerce(typ.Elem, value, place)}
	}
	result := make([]any, len(list))
	for i, element := range list {
		result[i] = c.coerce(typ.Elem, element, &location{index: i, outer: place})
		if len(c.errs) >= maxErrors {
			return nil
		}
	}
	return result
}

func (c *coercion) object(definition *ast.Definition, value any, place *location) any {
	object, ok := value.(map[string]any)
	if !ok {
		return c.invalid(place, value, `Expected type "%s" to be an object.`, definition.Name)
	}
	result := make(map[string]any, len(object))
	for _, field := range definition.Fields {
		inner, provided := object[field.Name]
		if !provided && field.DefaultValue != nil {
			// What was generated for the type reads the default.
			continue
		}
		switch {
		case provided:
			result[field.Name] = c.coerce(field.Type, inner, &location{name: field.Name, outer: place})
		case field.Type.NonNull:
			c.invalid(place, value, `Field "%s" of required type "%s" was not provided.`, field.Name, field.Type)
		}
		if len(c.errs) >= maxErrors {
			return nil
		}
	}
	if len(result) < len(object) {
		c.unknown(definition, object, place)
	}
	return result
}

// unknown reports the fields that an input object does not have, in the order of their names.
func (c *coercion) unknown(definition *ast.Definition, given map[string]any, place *location) {
	var names []string
	for name := range given {
		if definition.Fields.ForName(name) == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names[:min(len(names), maxErrors)] {
		c.invalid(place, given, `Field "%s" is not defined by type "%s".`, clip(name), definition.Name)
	}
}

func (c *coercion) enum(definition *ast.Definition, value any, place *location) any {
	name, ok := value.(string)
	switch {
	case !ok:
		return c.invalid(place, value, `Enum "%s" cannot represent non-string value: %s.`, definition.Name, c.display(place, value))
	case definition.EnumValues.ForName(name) == nil:
		return c.invalid(place, value, `Value "%s" does not exist in "%s" enum.`, clip(name), definition.Name)
	}
	return name
}

// report adds an error about the variable.
func (c *coercion) report(format string, args ...any) {
	c.errs = append(c.errs, newError(c.variable, fmt.Sprintf(format, args...)))
}

// invalid adds an error about a place in the variable's value; it returns nil, which is what the value becomes.
func (c *coercion) invalid(place *location, value any, format string, args ...any) any {
	where := ""
	if place != nil {
		where = fmt.Sprintf(` at "%s"`, place.path(c.variable.Variable))
	}
	c.report(`Variable "$%s" got invalid value %s%s; %s`, c.variable.Variable, c.display(place, value), where, fmt.Sprintf(format, args...))
	return nil
}

func newError(definition *ast.VariableDefinition, message string) *gqlerror.Error {
	err := &gqlerror.Error{Message: message}
	if position := definition.Position; position != nil {
		err.Locations = []gqlerror.Location{{Line: position.Line, Column: position.Column}}
	}
	errcode.Set(err, errcode.ValidationFailed)
	return err
}

// path is the place as GraphQL.js writes it: `input.ids[2]`.
func (p *location) path(variable string) string {
	if p == nil {
		return variable
	}
	outer := p.outer.path(variable)
	if p.name == "" {
		return fmt.Sprintf("%s[%d]", outer, p.index)
	}
	return outer + "." + p.name
}
