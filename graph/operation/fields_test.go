package operation_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"followgraph/graph"
	"followgraph/graph/operation"
)

// resolvers returns the fields that have a resolver, as Type.field in lower case.
func resolvers() map[string]bool {
	names := map[string]bool{}
	root := reflect.TypeFor[graph.ResolverRoot]()
	for i := range root.NumMethod() {
		object := root.Method(i)
		fields := object.Type.Out(0)
		for j := range fields.NumMethod() {
			names[strings.ToLower(object.Name+"."+fields.Method(j).Name)] = true
		}
	}
	return names
}

func TestEveryFieldHasALine(t *testing.T) {
	t.Parallel()
	schema, withResolver := graph.NewExecutableSchema(graph.Config{}).Schema(), resolvers()
	require.Greater(t, len(withResolver), 30)
	lines := maps.Clone(operation.Fields)
	for _, object := range schema.Types {
		if object.Kind != ast.Object || strings.HasPrefix(object.Name, "__") {
			continue
		}
		for _, field := range object.Fields {
			name := object.Name + "." + field.Name
			line, ok := lines[name]
			delete(lines, name)
			hasResolver := withResolver[strings.ToLower(name)]
			if !ok {
				needsLine := hasResolver || slices.Contains([]string{"Query", "Mutation", "Subscription", "User"}, object.Name)
				require.False(t, needsLine, "%s needs a line in graph/operation/fields.go", name)
				continue
			}
			switch {
			case object == schema.Mutation:
				require.Zero(t, line.CallSite, name)
			case !strings.HasPrefix(field.Name, "__"):
				require.Equal(t, hasResolver, line.CallSite > 0, "CallSite of %s", name)
			}
			require.False(t, line.Lookup && line.CallSite == 0, "only a resolver makes a lookup: %s", name)
			setsList := object == schema.Mutation || object == schema.Subscription || field.Type.Name() == "ShortestPath"
			require.Equal(t, setsList && hasList(schema, field), line.Elements > 0 || line.ElementPerID, "Elements of %s", name)
			require.Equal(t, field.Type.Name() == "UserConnection", line.TotalCost > 0, "TotalCost of %s", name)
			require.Equal(t, field.Type.Name() == "RateLimit", line.ReadsBudget, "ReadsBudget of %s", name)
		}
	}
	require.Empty(t, slices.Collect(maps.Keys(lines)), "the schema does not have these fields")
}

// hasList reports whether the object that a field returns has a list of objects.
func hasList(schema *ast.Schema, field *ast.FieldDefinition) bool {
	return slices.ContainsFunc(schema.Types[field.Type.Name()].Fields, func(f *ast.FieldDefinition) bool {
		return f.Type.Elem != nil && schema.Types[f.Type.Name()].IsCompositeType()
	})
}
