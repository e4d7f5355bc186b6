// Package document parses and validates GraphQL documents at a bounded cost. Documents of requests and of manifests
// take the same path.
//
// A token limit alone does not bound the cost. gqlparser walks a fragment again for each operation and each fragment
// that spreads it. It compares every pair of fields with the same name, creates an error for each fault, and searches
// for names that are similar to a wrong one. Each of these steps takes at least quadratic time. Therefore this package
// first measures each document (limits.go), stops validation after a number of errors (validate.go), and compares
// overlapping fields in groups (merge.go).
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
	// Suggestions adds similar names to errors ("Did you mean"). They reveal parts of the schema.
	Suggestions bool
}

// Operation returns the operation with a name; "" selects the only operation of the document. The error has the code
// GRAPHQL_VALIDATION_FAILED and the locations of the document's operations ("GraphQL", 6.1 Executing Requests,
// GetOperation). The document must be valid.
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

// maxNames is the number of operations that an error lists.
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
	if err := measure(parsed); err != nil {
		return parsed, gqlerror.List{err}
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
			"the escape %s is an unpaired surrogate, not a character", text[at:at+6])
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
