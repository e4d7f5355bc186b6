package document

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
)

// unreadable tells what is wrong with the first piece of a text that is no token. The parser says no more of it than that it
// came upon one. Where there is none within the limit, it returns what the parser said.
func unreadable(text string, said *gqlerror.Error) *gqlerror.Error {
	tokens := lexer.New(&ast.Source{Input: text})
	for range MaxTokens + 1 {
		token, err := tokens.ReadToken()
		var failed *gqlerror.Error
		switch {
		case errors.As(err, &failed) && strings.HasPrefix(failed.Message, "Unterminated string"):
			return unterminated(text, token.Pos.Start)
		case errors.As(err, &failed):
			if strings.HasPrefix(failed.Message, "Cannot parse the unexpected character") { // it names a byte
				failed.Message = fmt.Sprintf("Cannot parse the unexpected character %q.", string([]rune(text)[token.Pos.Start]))
			}
			return failed
		case err != nil || token.Kind == lexer.EOF:
			return said
		}
	}
	return said
}

// unterminated is the error of a string that has no end, whose first character, behind its quote or quotes, is at a place. It
// is located where the string begins: what is behind it may all belong to it.
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
