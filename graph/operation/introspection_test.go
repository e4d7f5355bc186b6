package operation_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestIntrospectionNulls checks that a field of __Type that does not apply to the kind of the type is null instead of
// an empty list ("GraphQL", 4.2.2 The __Type Type).
func TestIntrospectionNulls(t *testing.T) {
	t.Parallel()
	kindsOf := map[string][]string{
		"fields": {"OBJECT", "INTERFACE"}, "interfaces": {"OBJECT", "INTERFACE"}, "possibleTypes": {"INTERFACE", "UNION"},
		"enumValues": {"ENUM"}, "inputFields": {"INPUT_OBJECT"}, "isOneOf": {"INPUT_OBJECT"}, "ofType": {"LIST", "NON_NULL"},
		"name": {"SCALAR", "OBJECT", "INTERFACE", "UNION", "ENUM", "INPUT_OBJECT"},
	}
	const all = `kind name description specifiedByURL isOneOf fields { name } interfaces { name } possibleTypes { name } enumValues { name } inputFields { name } ofType { kind }`
	for name, newSchema := range schemas {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response := run(t.Context(), newServer(t, newSchema), `{ __schema { description types { ...all } }
			object: __type(name: "User") { fields { type { ...all } args { type { ...all } defaultValue description } description deprecationReason } }
			input: __type(name: "RegisterInput") { inputFields { type { ...all ofType { ...all } } defaultValue } } }
			fragment all on __Type { `+all+` }`, nil)
			require.Empty(t, response.Errors)
			var data struct {
				Schema struct {
					Description *string
					Types       []map[string]any
				} `json:"__schema"`
				Object struct {
					Fields []struct{ Type map[string]any }
				}
				Input struct {
					InputFields []struct {
						Type         map[string]any
						DefaultValue *string
					}
				}
			}
			require.NoError(t, json.Unmarshal(response.Data, &data))
			require.NotNil(t, data.Schema.Description)
			types := data.Schema.Types
			for _, field := range data.Object.Fields {
				types = append(types, field.Type)
			}
			for _, field := range data.Input.InputFields {
				require.Nil(t, field.DefaultValue)
				types = append(types, field.Type)
			}
			kinds := map[any]bool{}
			for _, described := range types {
				kind := described["kind"].(string)
				kinds[kind] = true
				for name, with := range kindsOf {
					require.Equal(t, slices.Contains(with, kind), described[name] != nil, "%s of %v", name, described)
				}
				if described["specifiedByURL"] != nil {
					require.Equal(t, "DateTime", described["name"])
				}
				if kind == "LIST" || kind == "NON_NULL" {
					require.Nil(t, described["description"])
				}
			}
			require.Len(t, kinds, 7, "all but unions")
		})
	}
}
