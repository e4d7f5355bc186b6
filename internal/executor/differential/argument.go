package differential

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// variable is a variable of the operation.
type variable struct {
	name, kind string
	fallback   string // the default value as GraphQL literal, or ""
	value      any
	provided   bool
}

// enumValue is the value of an enum: a name in a document, a string in JSON.
type enumValue string

// variableReference is a variable that is used as a value.
type variableReference string

// conditionVariable returns the name of a variable for @skip or @include.
func (g *generator) conditionVariable() string {
	for _, known := range g.variables {
		if strings.HasPrefix(known.name, "if") && g.oneIn(2) {
			return known.name
		}
	}
	v := &variable{name: g.name("if"), kind: "Boolean!", value: g.oneIn(2), provided: true}
	if g.oneIn(3) {
		v.kind, v.fallback, v.provided = "Boolean", fmt.Sprint(g.oneIn(2)), g.oneIn(2)
	}
	g.variables = append(g.variables, v)
	return v.name
}

// arguments writes the arguments of a field.
func (g *generator) arguments(parent string, field *ast.FieldDefinition) string {
	var written []string
	for _, argument := range field.Arguments {
		optional := !argument.Type.NonNull || argument.DefaultValue != nil
		if optional && g.oneIn(2) {
			continue
		}
		value := g.value(argument.Type, 2)
		if own := g.Arguments[parent+"."+field.Name+"."+argument.Name]; own != nil {
			value = own(g.Rand)
		}
		written = append(written, argument.Name+": "+literal(value))
	}
	if len(written) == 0 {
		return ""
	}
	g.Shuffle(len(written), func(i, j int) { written[i], written[j] = written[j], written[i] })
	return "(" + strings.Join(written, ", ") + ")"
}

// value returns a random value of a type, which may contain variables.
func (g *generator) value(kind *ast.Type, depth int) any {
	if g.oneIn(4) {
		return g.variable(kind, depth)
	}
	return g.valueOf(kind, depth, g.value)
}

// valueWithoutVariables returns a random value of a type without variables.
func (g *generator) valueWithoutVariables(kind *ast.Type, depth int) any {
	return g.valueOf(kind, depth, g.valueWithoutVariables)
}

func (g *generator) valueOf(kind *ast.Type, depth int, inner func(*ast.Type, int) any) any {
	if !kind.NonNull && g.oneIn(8) {
		return nil
	}
	if kind.Elem != nil {
		if g.oneIn(6) && kind.Elem.Elem == nil { // a single value is coerced to a list of it
			if value := inner(nonNull(kind.Elem), depth); !isReference(value) {
				return value
			}
		}
		list := []any{}
		for range g.IntN(3) {
			list = append(list, inner(kind.Elem, depth))
		}
		return list
	}
	if own := g.Values[kind.NamedType]; own != nil {
		return own(g.Rand)
	}
	switch definition := g.Schema.Types[kind.NamedType]; definition.Kind {
	case ast.Enum:
		return enumValue(definition.EnumValues[g.IntN(len(definition.EnumValues))].Name)
	case ast.InputObject:
		object := map[string]any{}
		for _, field := range definition.Fields {
			isRequired := field.Type.NonNull && field.DefaultValue == nil
			if isRequired || depth > 0 && g.oneIn(2) {
				object[field.Name] = inner(field.Type, depth-1)
			}
		}
		return object
	}
	switch kind.NamedType {
	case "Boolean":
		return g.oneIn(2)
	case "Int":
		return g.IntN(4)
	case "Float":
		return []any{1.5, 0.25, -3}[g.IntN(3)]
	default:
		return []string{"", "a", `"b"\`, "\u00e9\t<&>"}[g.IntN(4)]
	}
}

func isReference(value any) bool { _, ok := value.(variableReference); return ok }

func nonNull(kind *ast.Type) *ast.Type {
	result := *kind
	result.NonNull = true
	return &result
}

// variable returns a variable that can be used for a type.
func (g *generator) variable(kind *ast.Type, depth int) any {
	for _, known := range g.variables {
		if known.kind == kind.String() && g.oneIn(2) {
			return variableReference(known.name)
		}
	}
	declaredType := *kind
	if g.oneIn(3) {
		declaredType.NonNull = !declaredType.NonNull
	}
	v := &variable{name: g.name("v"), kind: declaredType.String()}
	if kind.NonNull && !declaredType.NonNull || !declaredType.NonNull && g.oneIn(3) {
		v.fallback = literal(g.valueWithoutVariables(nonNull(kind), depth))
	}
	if v.provided = declaredType.NonNull || !g.oneIn(3); v.provided {
		v.value = jsonValue(g.valueWithoutVariables(&declaredType, depth))
		if kind.NonNull {
			v.value = jsonValue(g.valueWithoutVariables(nonNull(kind), depth))
		}
	}
	g.variables = append(g.variables, v)
	return variableReference(v.name)
}

// declarations returns the declarations of the variables that a text uses, and their values.
func (g *generator) declarations(text string) (string, map[string]any) {
	var declarations []string
	values := map[string]any{}
	for _, v := range g.variables {
		if !mentions(text, "$"+v.name) {
			continue
		}
		declaration := "$" + v.name + ": " + v.kind
		if v.fallback != "" {
			declaration += " = " + v.fallback
		}
		declarations = append(declarations, declaration)
		if v.provided {
			values[v.name] = v.value
		}
	}
	if len(declarations) == 0 {
		return "", nil
	}
	return "(" + strings.Join(declarations, ", ") + ")", values
}

// literal writes a value as a GraphQL literal.
func literal(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case enumValue:
		return string(value)
	case variableReference:
		return "$" + string(value)
	case string:
		return Canonical(value)
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	case []any:
		var elements []string
		for _, element := range value {
			elements = append(elements, literal(element))
		}
		return "[" + strings.Join(elements, ", ") + "]"
	case map[string]any:
		var fields []string
		for _, name := range slices.Sorted(maps.Keys(value)) {
			fields = append(fields, name+": "+literal(value[name]))
		}
		return "{" + strings.Join(fields, ", ") + "}"
	default:
		return fmt.Sprint(value)
	}
}

// jsonValue returns a value as it stands in the JSON of a request.
func jsonValue(value any) any {
	switch value := value.(type) {
	case enumValue:
		return string(value)
	case []any:
		list := make([]any, len(value))
		for i, element := range value {
			list[i] = jsonValue(element)
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(value))
		for name, element := range value {
			object[name] = jsonValue(element)
		}
		return object
	default:
		return value
	}
}
