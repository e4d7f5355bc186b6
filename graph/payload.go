package graph

import (
	"context"
	"errors"

	"github.com/99designs/gqlgen/graphql"

	"followgraph/graph/loader"
	"followgraph/internal/apperr"
	"followgraph/internal/model"
)

// answer returns the result of a mutation. It loads the current state of the users in the payload. If the mutation
// failed, it returns the errors instead, one for each invalid field of the input.
func answer[P model.Payload](ctx context.Context, payload P, err error) (P, error) {
	var none P
	if several := (apperr.Errors)(nil); errors.As(err, &several) && len(several) > 0 {
		last := len(several) - 1
		for _, each := range several[:last] {
			graphql.AddError(ctx, each)
		}
		err = several[last]
	}
	if err != nil {
		return none, err
	}
	if err := loader.From(ctx).Payload(ctx, payload.Users(), payloadLookahead(ctx)); err != nil {
		return none, err
	}
	return payload, nil
}
