package document_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/internal/document"
)

func TestSyntaxErrorsHaveMessageAndLocation(t *testing.T) {
	t.Parallel()
	validator := document.Validator{Schema: load(t)}
	for text, want := range map[string]struct {
		message      string
		line, column int
	}{
		`{user(username:"ada){id}}`:                         {`Unterminated string: it begins here and has no closing " on its line.`, 1, 16},
		"{\n  a(b: \"é\")\n  user(username: \"ada) {\nid}}": {`Unterminated string: it begins here and has no closing " on its line.`, 3, 18},
		"{\r\n  a(b: \"\"\"\n x \" \\\"\"\" ) }":            {`Unterminated string: it begins here and has no closing """.`, 2, 8},
		`{ a(b: "`:                                          {`Unterminated string: it begins here and has no closing " on its line.`, 1, 8},
		`{ a(b: "x\qy") }`:                                  {`Invalid character escape sequence: \q.`, 1, 11},
		`{ a(b: 'x') }`:                                     {`Unexpected single quote character ('), did you mean to use a double quote (")?`, 1, 8},
		`{ a(b: "x\ud83dy") }`:                              {`the escape \ud83d is an unpaired surrogate, not a character`, 1, 10},
		`{ a(b: "x\u{d83d}y") }`:                            {`Invalid character escape sequence: \u{d83d}.`, 1, 11},
		`{ a(b: 01) }`:                                      {`Invalid number, unexpected digit after 0: "1".`, 1, 9},
		`{ a(b: "é") é }`:                                   {`Cannot parse the unexpected character "é".`, 1, 13},
		`{ a ?`:                                             {`Cannot parse the unexpected character "?".`, 1, 5},
		`{ a `:                                              {`Expected Name, found <EOF>`, 1, 5},
	} {
		parsed, errs := validator.Parse(text)
		require.Nil(t, parsed)
		require.Len(t, errs, 1, text)
		failed := errs[0]
		require.Equal(t, want.message, failed.Message)
		require.Equal(t, []gqlerror.Location{{Line: want.line, Column: want.column}}, failed.Locations, text)
		require.Equal(t, "GRAPHQL_PARSE_FAILED", failed.Extensions["code"])
	}
	_, errs := validator.Parse("{ " + strings.Repeat("a ", document.MaxTokens) + `"`)
	require.ErrorContains(t, errs, "token limit")
	_, errs = validator.Parse(`{ user(username: "\u{1F600}\ud83d\ude00 \"") { id } }`)
	require.Empty(t, errs)
}
