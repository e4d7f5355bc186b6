package graph_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/graph"
)

// TestEverythingIsDescribed holds the schema to what the playground shows of it: each type, field, argument and value
// of an enum says what it is.
func TestEverythingIsDescribed(t *testing.T) {
	t.Parallel()
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	var silent []string
	look := func(name, description string) {
		if strings.TrimSpace(description) == "" {
			silent = append(silent, name)
		}
	}
	seen := 0
	for name, definition := range schema.Types {
		if definition.BuiltIn {
			continue
		}
		seen++
		look(name, definition.Description)
		for _, field := range definition.Fields {
			if strings.HasPrefix(field.Name, "__") {
				continue
			}
			look(name+"."+field.Name, field.Description)
			for _, argument := range field.Arguments {
				look(name+"."+field.Name+"("+argument.Name+")", argument.Description)
			}
		}
		for _, value := range definition.EnumValues {
			look(name+"."+value.Name, value.Description)
		}
	}
	require.Greater(t, seen, 30)
	require.Empty(t, silent)
}
