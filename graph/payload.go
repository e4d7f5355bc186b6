package graph

import (
	"context"
	"errors"

	"github.com/99designs/gqlgen/graphql"

	"followgraph/graph/loader"
	"followgraph/internal/apperr"
	"followgraph/internal/model"
)

// answer ends a mutation: it looks up the users in the payload as they are now, or has the errors answered, one for
// each field of the input that is at fault.
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
