package surrogate_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"followgraph/internal/surrogate"
)

func TestInJSON(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		`{}`: -1, `"\n\u00e9"`: -1, `"\ud83d\ude00"`: -1, `"\uD83D\uDE00\\"`: -1, `"\\ud83d"`: -1, `"\\\\ud83d"`: -1,
		`"\ud83d"`: 1, `"a\ude00"`: 2, `"\ud83d\u0041"`: 1, `"\ud83d\ud83d\ude00"`: 1, `"\ude00\ud83d"`: 1, `"\\\ud83d"`: 3, `"\ud83d\\ude00"`: 1,
	} {
		require.True(t, json.Valid([]byte(text)), text)
		require.Equal(t, want, surrogate.InJSON([]byte(text)), text)
	}
}

func TestInGraphQL(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		`{ a(b: "\ud83d\ude00") }`: -1, `{ a(b: """\ud83d""") }`: -1, "# \\ud83d\n{ a }": -1, `{ a(b: "\\ud83d") }`: -1, `{ a(b: "\u{1F600}") }`: -1,
		`{ a(b: "") c(d: """ \""" \ud83d "" """) }`: -1, "# \"\r{ a(b: \"\\ud83d\\ude00\") }": -1,
		`{ a(b: "\ud83d") }`: 8, `{ a(b: "\uDE00") }`: 8, `{ a(b: "\ud83d\u0041") }`: 8, `{ a(b: "\ud83d\u{DE00}") }`: 8, "# \\ud83d\n{ a(b: \"x\\ud83d\") }": 18,
		`{ a(b: "", c: "\ud83d") }`: 15, `{ a(b: """\ud83d""", c: "\ud83d") }`: 25, `{ a(b: "\ud83d`: 8, `{ a(b: "\"\ud83d") }`: 10,
	} {
		require.Equal(t, want, surrogate.InGraphQL(text), text)
	}
}

// FuzzInGraphQL checks that strings contain the replacement character only if InGraphQL found an unpaired surrogate.
func FuzzInGraphQL(f *testing.F) {
	for _, value := range []string{`\ud83d`, `\ud83d\ude00`, `a\\ud83d`, `"" \ude00`, "\n"} {
		f.Add(`{ a(b: "` + value + `") }`)
		f.Add(`{ a(b: """` + value + `""") }`)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at := surrogate.InGraphQL(text)
		document, err := parser.ParseQuery(&ast.Source{Input: text})
		if err != nil || strings.ContainsRune(text, utf8.RuneError) || strings.Contains(strings.ToLower(text), "fffd") {
			return
		}
		require.Equal(t, at >= 0, hasReplaced(document), "%q", text)
	})
}

// hasReplaced reports whether a document contains the replacement character.
func hasReplaced(document *ast.QueryDocument) bool {
	dumped, err := json.Marshal(document)
	return err != nil || strings.Contains(string(dumped), `\ufffd`) || strings.ContainsRune(string(dumped), utf8.RuneError)
}
