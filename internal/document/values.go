package document

import (
	"errors"
	"math"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// valuesOfCorrectType replaces gqlparser's rule of that name ("GraphQL", 5.6.1). gqlparser's rule accepts an Int of
// more than 32 bits, a list where none is expected, and an object for a scalar. If suggestions is set, errors list
// similar names.
//
// An ID that is written as an integer is converted to a string: gqlparser reads only integers of 64 bits, and an ID may
// be longer.
func valuesOfCorrectType(suggestions bool) core.Rule {
	return core.Rule{Name: "ValuesOfCorrectType", RuleFunc: func(observers *core.Events, addError core.AddErrFunc) {
		observers.OnValue(func(_ *core.Walker, value *ast.Value) {
			if value.Definition == nil || value.ExpectedType == nil || value.Kind == ast.Variable {
				return
			}
			check := valueCheck{value: value, suggestions: suggestions, addError: addError}
			check.run()
		})
	}}
}

// valueCheck checks one value of a document, without the values inside it.
type valueCheck struct {
	value       *ast.Value
	suggestions bool
	addError    core.AddErrFunc
}

func (c *valueCheck) run() {
	switch value := c.value; {
	case value.Kind == ast.NullValue:
		if value.ExpectedType.NonNull {
			c.report(`Expected value of type "%s", found null.`, value.ExpectedType)
		}
	case value.Kind == ast.ListValue:
		if value.ExpectedType.Elem == nil && !isCustomScalar(value.Definition) {
			c.unexpected()
		}
	case value.Definition.Kind == ast.InputObject:
		c.object()
	case value.Definition.Kind == ast.Enum:
		c.enum()
	default:
		c.scalar()
	}
}

// isCustomScalar reports whether a type is a custom scalar, which defines the form of its values itself.
func isCustomScalar(definition *ast.Definition) bool {
	return definition.Kind == ast.Scalar && !definition.OneOf("Int", "Float", "String", "Boolean", "ID")
}

func (c *valueCheck) report(format string, args ...any) {
	c.addError(core.Message(format, args...), core.At(c.position()))
}

// position returns the start of the value. gqlparser reports the position after the quote of a string.
func (c *valueCheck) position() *ast.Position {
	position := c.value.Position
	if c.value.Kind == ast.StringValue && position != nil && position.Column > 1 {
		corrected := *position
		corrected.Column--
		return &corrected
	}
	return position
}

// unexpected reports a value of the wrong type.
func (c *valueCheck) unexpected() {
	c.report(`Expected value of type "%s", found %s.`, c.value.ExpectedType, c.value)
}

func (c *valueCheck) scalar() {
	value := c.value
	isText := value.Kind == ast.StringValue || value.Kind == ast.BlockValue
	switch value.Definition.Name {
	case "Int":
		c.integer()
	case "Float":
		number, err := strconv.ParseFloat(value.Raw, 64)
		if value.Kind != ast.IntValue && value.Kind != ast.FloatValue || err != nil || math.IsInf(number, 0) {
			c.report("Float cannot represent non numeric value: %s", value)
		}
	case "String":
		if !isText {
			c.report("String cannot represent a non string value: %s", value)
		}
	case "Boolean":
		if value.Kind != ast.BooleanValue {
			c.report("Boolean cannot represent a non boolean value: %s", value)
		}
	case "ID":
		switch {
		case value.Kind == ast.IntValue:
			value.Kind = ast.StringValue
		case !isText:
			c.report("ID cannot represent a non-string and non-integer value: %s", value)
		}
	}
}

func (c *valueCheck) integer() {
	if c.value.Kind != ast.IntValue {
		c.report("Int cannot represent non-integer value: %s", c.value)
		return
	}
	if _, err := strconv.ParseInt(c.value.Raw, 10, 32); errors.Is(err, strconv.ErrRange) {
		c.report("Int cannot represent non 32-bit signed integer value: %s", c.value)
	}
}

func (c *valueCheck) enum() {
	value, values := c.value, c.value.Definition.EnumValues
	var message core.ErrorOption
	switch {
	case value.Kind != ast.EnumValue:
		message = core.Message(`Enum "%s" cannot represent non-enum value: %s.`, value.Definition.Name, value)
	case values.ForName(value.Raw) == nil:
		message = core.Message(`Value "%s" does not exist in "%s" enum.`, value, value.Definition.Name)
	default:
		return
	}
	options := []core.ErrorOption{message, core.At(c.position())}
	if c.suggestions {
		names := make([]string, len(values))
		for i, each := range values {
			names[i] = each.Name
		}
		options = append(options, core.SuggestListQuoted("Did you mean the enum value", value.Raw, names))
	}
	c.addError(options...)
}

func (c *valueCheck) object() {
	value, definition := c.value, c.value.Definition
	if value.Kind != ast.ObjectValue {
		c.unexpected()
		return
	}
	for _, field := range definition.Fields {
		if field.Type.NonNull && field.DefaultValue == nil && value.Children.ForName(field.Name) == nil {
			c.report(`Field "%s.%s" of required type "%s" was not provided.`, definition.Name, field.Name, field.Type)
		}
	}
	for _, child := range value.Children {
		if definition.Fields.ForName(child.Name) != nil {
			continue
		}
		options := []core.ErrorOption{
			core.Message(`Field "%s" is not defined by type "%s".`, child.Name, definition.Name), core.At(child.Position),
		}
		if c.suggestions {
			names := make([]string, len(definition.Fields))
			for i, field := range definition.Fields {
				names[i] = field.Name
			}
			options = append(options, core.SuggestListQuoted("Did you mean", child.Name, names))
		}
		c.addError(options...)
	}
}
