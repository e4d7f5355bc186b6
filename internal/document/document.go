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

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
)

// Validator parses and validates documents. It is safe for concurrent use.
type Validator struct {
	Schema *ast.Schema
	// Suggestions tells whether errors name what exists beside what was asked for ("Did you mean"). They tell a schema to
	// whoever guesses at it.
	Suggestions bool
}

// Parse reads a document. Errors have the codes GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, and QUERY_TOO_COMPLEX
// where a document is over one of the limits; there are never more than a hundred and one.
func (v *Validator) Parse(text string) (*ast.QueryDocument, gqlerror.List) {
	parsed, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, MaxTokens)
	if err != nil {
		var failed *gqlerror.Error
		if !errors.As(err, &failed) {
			failed = gqlerror.Wrap(err)
		}
		errcode.Set(failed, errcode.ParseFailed)
		return nil, gqlerror.List{failed}
	}
	if len(parsed.Operations) == 0 {
		failed := gqlerror.Errorf("no operation provided")
		errcode.Set(failed, errcode.ValidationFailed)
		return nil, gqlerror.List{failed}
	}
	if refused := measure(parsed); refused != nil {
		return nil, gqlerror.List{refused}
	}
	if errs := validate(v.Schema, parsed, v.Suggestions); len(errs) > 0 {
		return nil, errs
	}
	if errs := merge(v.Schema, parsed); len(errs) > 0 {
		return nil, errs
	}
	return parsed, nil
}
