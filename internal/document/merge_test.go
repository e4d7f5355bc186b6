package document_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"followgraph/internal/document"
)

// writer writes random documents. Most are valid except for conflicting fields.
type writer struct {
	*rand.Rand
	schema *ast.Schema
	names  []string // response names; few, so that fields share them
}

// selection returns a selection set of a type, with at most deep levels. It spreads only fragments numbered from `from`
// on.
func (w *writer) selection(of string, depth, from int) string {
	var text strings.Builder
	text.WriteString("{ __typename ")
	definition := w.schema.Types[of]
	for range 1 + w.IntN(4) {
		switch choice := w.IntN(10); {
		case choice == 0 && of != "Query":
			other := of
			if w.IntN(2) == 0 {
				other = map[string]string{"User": "Node", "Node": "User"}[of]
			}
			if other != "" {
				fmt.Fprintf(&text, "... on %s %s ", other, w.selection(other, depth, from))
			}
		case choice == 1:
			fmt.Fprintf(&text, "... %s ", w.selection(of, depth, from))
		case choice < 4 && (of == "User" || of == "Node") && from < fragments:
			fmt.Fprintf(&text, "...f%d ", from+w.IntN(fragments-from))
		default:
			field := definition.Fields[w.IntN(len(definition.Fields))]
			w.field(&text, field, depth, from)
		}
	}
	return text.String() + "} "
}

// fragments is the number of fragments in a document.
const fragments = 4

func (w *writer) field(text *strings.Builder, field *ast.FieldDefinition, depth, from int) {
	kind := w.schema.Types[field.Type.Name()]
	if strings.HasPrefix(field.Name, "__") || !kind.IsLeafType() && depth == 0 {
		return
	}
	if w.IntN(3) == 0 {
		text.WriteString(w.names[w.IntN(len(w.names))] + ": ")
	}
	text.WriteString(field.Name)
	var arguments []string
	for _, argument := range field.Arguments {
		switch {
		case argument.Name == "first" && w.IntN(4) == 0:
			arguments = append(arguments, fmt.Sprintf("first: %d", 1+w.IntN(2)))
		case argument.Name == "orderBy" && w.IntN(2) == 0:
			order := [][2]string{{"field: USERNAME", "direction: ASC"}, {"direction: ASC", "field: USERNAME"}, {"field: USERNAME", "direction: DESC"}}[w.IntN(3)]
			arguments = append(arguments, "orderBy: {"+order[0]+" "+order[1]+"}")
		case argument.Name == "ids":
			arguments = append(arguments, []string{`ids: ["a"]`, `ids: ["a", "b"]`, `ids: ["b", "a"]`}[w.IntN(3)])
		case argument.Type.NonNull && argument.DefaultValue == nil:
			arguments = append(arguments, argument.Name+`: "x"`)
		}
	}
	if len(arguments) > 0 {
		w.Shuffle(len(arguments), func(i, j int) { arguments[i], arguments[j] = arguments[j], arguments[i] })
		text.WriteString("(" + strings.Join(arguments, ", ") + ")")
	}
	text.WriteString(" ")
	if !kind.IsLeafType() {
		text.WriteString(w.selection(kind.Name, depth-1, from))
	}
}

func (w *writer) document() string {
	text := w.selection("Query", 4, 0)
	for i := range fragments {
		on := []string{"User", "Node"}[w.IntN(2)]
		text += fmt.Sprintf("fragment f%d on %s %s", i, on, w.selection(on, 2, i+1))
	}
	return text + `query All { node(id: "x") { ` + "...f0 ...f1 ...f2 ...f3 } }"
}

// TestMergeAgrees compares merge with gqlparser's rule, which compares all pairs.
func TestMergeAgrees(t *testing.T) {
	t.Parallel()
	schema := load(t)
	ours := document.Validator{Schema: schema}
	valid, conflicting := 0, 0
	for seed := range uint64(500) {
		w := &writer{rand.New(rand.NewPCG(seed, 1)), schema, []string{"id", "username", "a", "friends"}}
		text := strings.Replace(w.document(), "{", "query Random {", 1)
		parsed, err := parser.ParseQuery(&ast.Source{Input: text})
		require.NoError(t, err, text)
		theirs := validator.ValidateWithRules(schema, parsed, rules.NewDefaultRules())
		got, errs := ours.Parse(text)
		require.Equal(t, len(theirs) == 0, len(errs) == 0, "seed %d\n%s\ngqlparser: %v\nours: %v", seed, text, theirs, errs)
		if len(theirs) == 0 {
			valid++
			require.NotNil(t, got)
			continue
		}
		conflicting++
		for _, err := range errs {
			require.Contains(t, err.Message, "conflict because", text)
		}
	}
	require.Greater(t, valid, 20)
	require.Greater(t, conflicting, 100)
}
