package operation

import "github.com/vektah/gqlparser/v2/ast"

// schemaCosts is what the cost of an operation takes from the schema.
type schemaCosts struct {
	holders            map[*ast.Definition]bool         // the types with lists whose length the field around them sets
	callSites          map[*ast.FieldDefinition]float64 // of each field with a resolver, see Field.CallSite
	introspectionSizes map[string]float64               // of the lists that describe the schema, by Type.field
}

func costsOf(schema *ast.Schema) schemaCosts {
	holders := map[*ast.Definition]bool{}
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		if root == nil {
			continue
		}
		for _, field := range root.Fields {
			if needs := FieldOf(root.Name, field.Name); needs.Elements > 0 || needs.ElementPerID {
				holders[schema.Types[field.Type.Name()]] = true
			}
		}
	}
	for _, definition := range schema.Types {
		for _, field := range definition.Fields {
			if field.Type.Elem == nil && field.Arguments.ForName("first") != nil {
				holders[schema.Types[field.Type.Name()]] = true
			}
		}
	}
	return schemaCosts{holders, callSites(schema), introspectionSizes(schema)}
}

// callSites returns the call site cost of each field that has a resolver. A field of an interface has one if it has one
// in an object type.
func callSites(schema *ast.Schema) map[*ast.FieldDefinition]float64 {
	sites := map[*ast.FieldDefinition]float64{}
	for _, definition := range schema.Types {
		for _, field := range definition.Fields {
			for _, object := range schema.GetPossibleTypes(definition) {
				if site := FieldOf(object.Name, field.Name).CallSite; site > 0 {
					sites[field] = site
				}
			}
		}
	}
	return sites
}

// introspectionSizes returns how many objects each introspection field returns, by Type.field. A list that exists once,
// such as directives, counts with its length, and other lists with the mean of their lengths. So the cost of the usual
// introspection, which selects every list, is about right, and nullable fields that are rarely set count little. __type
// counts as many objects as the type with the most fields has on average.
func introspectionSizes(schema *ast.Schema) map[string]float64 {
	var types, fields, arguments, inputFields, values, interfaces, possible, references, wrapped, most float64
	refer := func(t *ast.Type) {
		for references++; t != nil; t = t.Elem {
			if t.NonNull {
				wrapped++
			}
			if t.Elem != nil {
				wrapped++
			}
		}
	}
	for _, definition := range schema.Types {
		types++
		most = max(most, float64(len(definition.Fields)))
		interfaces += float64(len(definition.Interfaces))
		values += float64(len(definition.EnumValues))
		if definition.IsAbstractType() {
			possible += float64(len(schema.GetPossibleTypes(definition)))
		}
		for _, field := range definition.Fields {
			refer(field.Type)
			if definition.Kind == ast.InputObject {
				inputFields++
				continue
			}
			fields++
			for _, argument := range field.Arguments {
				arguments++
				refer(argument.Type)
			}
		}
	}
	directives, directiveArguments := float64(len(schema.Directives)), 0.0
	for _, directive := range schema.Directives {
		directiveArguments += float64(len(directive.Arguments))
	}
	return map[string]float64{
		"Query.__type":   most * types / fields,
		"__Schema.types": types, "__Schema.directives": directives,
		"__Type.fields": fields / types, "__Type.inputFields": inputFields / types, "__Type.enumValues": values / types,
		"__Type.interfaces": interfaces / types, "__Type.possibleTypes": possible / types,
		"__Type.ofType":    wrapped / (references + wrapped),
		"__Field.args":     arguments / fields,
		"__Directive.args": directiveArguments / directives,
	}
}
