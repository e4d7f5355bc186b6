package operation

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/internal/apperr"
)

func TestWorst(t *testing.T) {
	t.Parallel()
	with := func(code any) *gqlerror.Error { return &gqlerror.Error{Extensions: map[string]any{"code": code}} }
	for name, test := range map[string]struct {
		errs gqlerror.List
		want string
	}{
		"none":            {nil, ""},
		"one":             {gqlerror.List{with(apperr.BadUserInput)}, "BAD_USER_INPUT"},
		"gqlgen's code":   {gqlerror.List{with("GRAPHQL_PARSE_FAILED")}, "GRAPHQL_PARSE_FAILED"},
		"the first":       {gqlerror.List{with(apperr.NotFound), with(apperr.Conflict)}, "NOT_FOUND"},
		"the most severe": {gqlerror.List{with(apperr.NotFound), with(apperr.Timeout), with(apperr.Internal), with(apperr.Unavailable)}, "INTERNAL_SERVER_ERROR"},
		"without a code":  {gqlerror.List{{Message: "plain"}}, "INTERNAL_SERVER_ERROR"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, worst(test.errs))
		})
	}
}
