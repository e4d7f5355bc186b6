package graph_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/graph"
)

// TestEverythingIsDescribed checks that each type, field, argument and enum value of the schema has a description.
func TestEverythingIsDescribed(t *testing.T) {
	t.Parallel()
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	var undescribed []string
	check := func(name, description string) {
		if strings.TrimSpace(description) == "" {
			undescribed = append(undescribed, name)
		}
	}
	types := 0
	for name, definition := range schema.Types {
		if definition.BuiltIn {
			continue
		}
		types++
		check(name, definition.Description)
		for _, field := range definition.Fields {
			if strings.HasPrefix(field.Name, "__") {
				continue
			}
			check(name+"."+field.Name, field.Description)
			for _, argument := range field.Arguments {
				check(name+"."+field.Name+"("+argument.Name+")", argument.Description)
			}
		}
		for _, value := range definition.EnumValues {
			check(name+"."+value.Name, value.Description)
		}
	}
	require.Greater(t, types, 30)
	require.Empty(t, undescribed)
}
