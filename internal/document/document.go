// Package document parses and validates GraphQL documents at a bounded cost, whoever wrote them.
//
// A parser's limit of tokens is not enough for that. gqlparser walks a fragment anew for each operation and fragment
// that leads to it, compares every pair of fields that share a name, makes as many errors as there are faults, and
// looks for names that resemble a wrong one. Each of these is quadratic or worse. So a document is measured first
// (limits.go), validation stops where it has said enough (validate.go), and overlapping fields are compared in groups
// (merge.go).
package document

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator/core"

	"followgraph/internal/surrogate"
)

// Validator parses and validates documents. It is safe for concurrent use.
type Validator struct {
	Schema *ast.Schema
	// Suggestions tells whether errors name what exists beside what was asked for ("Did you mean"). They tell a schema to
	// whoever guesses at it.
	Suggestions bool
}

// Operation returns the operation of a validated document that a request means, by its name; "" means the only one. The
// error has the code GRAPHQL_VALIDATION_FAILED and the locations of the document's operations ("GraphQL", 6.1 Executing
// Requests, GetOperation).
func Operation(parsed *ast.QueryDocument, name string) (*ast.OperationDefinition, *gqlerror.Error) {
	if operation := parsed.Operations.ForName(name); operation != nil {
		return operation, nil
	}
	names := make([]string, len(parsed.Operations))
	for i, operation := range parsed.Operations {
		names[i] = strconv.Quote(operation.Name)
	}
	var err *gqlerror.Error
	switch has := joinNames(names); {
	case name == "":
		err = invalid("Must provide operation name if query contains multiple operations: set operationName to one of " + has + ".")
	case parsed.Operations[0].Name == "":
		err = invalid(fmt.Sprintf("Unknown operation named %q: the document's operation has no name, so leave operationName out.", name))
	default:
		err = invalid(fmt.Sprintf("Unknown operation named %q: the document has %s.", name, has))
	}
	for _, operation := range parsed.Operations[:min(len(parsed.Operations), maxNames)] {
		if operation.Position != nil {
			core.At(operation.Position)(err)
		}
	}
	return nil, err
}

// maxListed is how many operations an error names.
const maxNames = 10

func joinNames(names []string) string {
	if more := len(names) - maxNames; more > 0 {
		return strings.Join(names[:maxNames], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(names, ", ")
}

// Parse parses a document and validates it against the schema. The errors have the codes GRAPHQL_PARSE_FAILED,
// GRAPHQL_VALIDATION_FAILED or, for a document over one of the limits, QUERY_TOO_COMPLEX. There are at most 101. With
// errors, Parse also returns the document if it could be parsed, so that a caller can name its operations.
func (v *Validator) Parse(text string) (*ast.QueryDocument, gqlerror.List) {
	parsed, failed := parse(text)
	if failed != nil {
		return nil, gqlerror.List{failed}
	}
	if refused := measure(parsed); refused != nil {
		return parsed, gqlerror.List{refused}
	}
	errs := validate(v.Schema, parsed, v.Suggestions)
	if len(errs) == 0 {
		errs = merge(v.Schema, parsed)
	}
	return parsed, errs
}

// parse parses a text of at most MaxTokens tokens that contains at least one operation.
func parse(text string) (*ast.QueryDocument, *gqlerror.Error) {
	if at := surrogate.InGraphQL(text); at >= 0 {
		err := gqlerror.ErrorLocf("", 1+strings.Count(text[:at], "\n"), 1+utf8.RuneCountInString(text[strings.LastIndexByte(text[:at], '\n')+1:at]),
			"a surrogate without its other half is no character: %s", text[at:at+6])
		errcode.Set(err, errcode.ParseFailed)
		return nil, err
	}
	parsed, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, MaxTokens)
	if err != nil {
		var syntax *gqlerror.Error
		if !errors.As(err, &syntax) {
			syntax = gqlerror.Wrap(err)
		}
		if strings.Contains(syntax.Message, lexer.Invalid.String()) {
			syntax = unreadable(text, syntax)
		}
		errcode.Set(syntax, errcode.ParseFailed)
		return nil, syntax
	}
	if len(parsed.Operations) == 0 {
		err := gqlerror.Errorf("no operation provided")
		errcode.Set(err, errcode.ValidationFailed)
		return nil, err
	}
	return parsed, nil
}
