package document

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
)

// unreadable describes the first invalid token of a text. The parser only reports that the text contains one. If there
// is no invalid token within the token limit, unreadable returns the parser's error.
func unreadable(text string, parserErr *gqlerror.Error) *gqlerror.Error {
	tokens := lexer.New(&ast.Source{Input: text})
	for range MaxTokens + 1 {
		token, err := tokens.ReadToken()
		var lexerErr *gqlerror.Error
		switch {
		case errors.As(err, &lexerErr) && strings.HasPrefix(lexerErr.Message, "Unterminated string"):
			return unterminated(text, token.Pos.Start)
		case errors.As(err, &lexerErr):
			if strings.HasPrefix(lexerErr.Message, "Cannot parse the unexpected character") { // the lexer prints a byte
				lexerErr.Message = fmt.Sprintf("Cannot parse the unexpected character %q.", string([]rune(text)[token.Pos.Start]))
			}
			return lexerErr
		case err != nil || token.Kind == lexer.EOF:
			return parserErr
		}
	}
	return parserErr
}

// unterminated returns the error of an unterminated string whose content begins at the character first. Its location is
// the start of the string, because the string may swallow the rest of the text.
func unterminated(text string, first int) *gqlerror.Error {
	before := []rune(text)[:first]
	quotes := `"`
	if strings.HasSuffix(string(before), `"""`) {
		quotes = `"""`
	}
	before = before[:len(before)-len(quotes)]
	line, column := 1, 1
	for i, char := range before {
		column++
		if char == '\n' || char == '\r' && (i+1 == len(before) || before[i+1] != '\n') {
			line, column = line+1, 1
		}
	}
	if quotes == `"` {
		return gqlerror.ErrorLocf("", line, column, `Unterminated string: it begins here and has no closing " on its line.`)
	}
	return gqlerror.ErrorLocf("", line, column, `Unterminated string: it begins here and has no closing """.`)
}
