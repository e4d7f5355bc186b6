// Package variables coerces the variables of an operation as the specification requires ("GraphQL", 6.1.2 Coercing
// Variable Values, and Input Coercion in 3.5, 3.9, 3.10, 3.11 and 3.12). Its error messages are those of GraphQL.js.
//
// gqlparser's own coercion accepts a String for an Int, and enum values in any case. Its errors do not name the
// variable in the form that clients expect, nor its location.
package variables

import (
	"fmt"
	"slices"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// maxErrors limits the errors of one operation's variables. One more error says that there may be others.
const maxErrors = 50

// Coerce coerces the values of an operation's variables. The values are those of encoding/json, with numbers as
// json.Number. The result omits a variable without value and default. An Int is an int64, a Float a float64, an ID a
// string, a list a []any, and an input object a map[string]any with the fields of its type. Values of custom scalars
// are unchanged. Coerce does not change values.
//
// The errors have the code GRAPHQL_VALIDATION_FAILED and the location of the variable's definition, but no path. The
// operation must be valid.
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
			c.errs = append(c.errs[:maxErrors], newError(definition, "There are more errors in the variables. They are not shown."))
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

// coercion is the state of Coerce.
type coercion struct {
	schema   *ast.Schema
	op       *ast.OperationDefinition
	variable *ast.VariableDefinition // the current variable
	secrets  map[string]bool         // secret variables; computed for the first error
	errs     gqlerror.List
}

// location is a position inside a variable's value: the path to the variable, innermost step first.
type location struct {
	name  string // of an input object's field; empty for a list element
	index int
	outer *location
}

// coerce returns a value coerced to a type, or reports an error.
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

// list coerces a list. Any other value becomes a list of one element ("GraphQL", 3.12 Input Coercion).
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
			// The generated code for the type applies the default.
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

// unknown reports the unknown fields of an input object, ordered by name.
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

// invalid adds an error about a location in the variable's value. It returns nil, as the coerced value.
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

// path returns the location as GraphQL.js writes it: `input.ids[2]`.
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
