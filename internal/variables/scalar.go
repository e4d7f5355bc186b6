package variables

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// scalar coerces a value to a scalar ("GraphQL", 3.5). A number is a json.Number from a request, an int64 or float64
// from a variable's default, or an int from Go code.
func (c *coercion) scalar(definition *ast.Definition, value any, place *location) any {
	switch definition.Name {
	case "Int":
		return c.integer(value, place)
	case "Float":
		if number, ok := float(value); ok && !math.IsInf(number, 0) {
			return number
		}
		return c.invalid(place, value, "Float cannot represent non numeric value: %s", c.display(place, value))
	case "String":
		if text, ok := value.(string); ok {
			return text
		}
		return c.invalid(place, value, "String cannot represent a non string value: %s", c.display(place, value))
	case "Boolean":
		if truth, ok := value.(bool); ok {
			return truth
		}
		return c.invalid(place, value, "Boolean cannot represent a non boolean value: %s", c.display(place, value))
	case "ID":
		return c.id(value, place)
	default:
		return value
	}
}

// integer accepts numbers of 32 bits without a fraction, written as 3, 3.0 or 3e0 ("GraphQL", 3.5.1).
func (c *coercion) integer(value any, place *location) any {
	number, ok := float(value)
	switch {
	case !ok || number != math.Trunc(number) && !math.IsInf(number, 0):
		return c.invalid(place, value, "Int cannot represent non-integer value: %s", c.display(place, value))
	case number < math.MinInt32 || number > math.MaxInt32:
		return c.invalid(place, value, "Int cannot represent non 32-bit signed integer value: %s", c.display(place, value))
	}
	return int64(number)
}

// float returns the value of a number. It is infinite if it exceeds a float64.
func float(value any) (number float64, ok bool) {
	switch value := value.(type) {
	case json.Number:
		number, err := strconv.ParseFloat(value.String(), 64)
		return number, err == nil || math.IsInf(number, 0)
	case int:
		return float64(value), true
	case int64:
		return float64(value), true
	case float64:
		return value, true
	}
	return 0, false
}

// id accepts strings and integers. An integer of any length becomes a decimal string ("GraphQL", 3.5.5).
func (c *coercion) id(value any, place *location) any {
	switch value := value.(type) {
	case string:
		return value
	case int:
		return strconv.Itoa(value)
	case int64:
		return strconv.FormatInt(value, 10)
	case json.Number:
		if strings.Trim(value.String(), "-0123456789") == "" {
			return value.String()
		}
		if number, ok := float(value); ok && number == math.Trunc(number) && math.Abs(number) < 1<<53 {
			return strconv.FormatInt(int64(number), 10)
		}
	}
	return c.invalid(place, value, "ID cannot represent value: %s", c.display(place, value))
}
