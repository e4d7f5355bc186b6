package operation_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/graph/operation"
	"followgraph/internal/apperr"
)

// TestTimeoutAndCancellation checks that a canceled statement is CANCELED only if the client closed the connection,
// otherwise TIMEOUT.
func TestTimeoutAndCancellation(t *testing.T) {
	t.Parallel()
	late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	early, cancelEarly := context.WithTimeout(t.Context(), time.Hour)
	cancelEarly()
	present := operation.PresentError(slog.New(slog.DiscardHandler))
	for _, err := range []error{
		context.Canceled, fmt.Errorf("asking: %w", context.Canceled),
		apperr.Wrap(apperr.Canceled, errors.New("57014"), "the operation was canceled"), gqlerror.Wrap(context.Canceled),
	} {
		require.Equal(t, apperr.Timeout, present(late, err).Extensions["code"], "%v", err)
		require.Equal(t, apperr.Canceled, present(early, err).Extensions["code"], "%v", err)
		require.Equal(t, apperr.Timeout, present(t.Context(), err).Extensions["code"], "%v", err)
	}
	require.Equal(t, apperr.Conflict, present(late, apperr.New(apperr.Conflict, "taken")).Extensions["code"])
}

// TestLongErrorsAreShortened presents an error with texts over the limit.
func TestLongErrorsAreShortened(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 2_000)
	present := operation.PresentError(slog.New(slog.DiscardHandler))
	err := gqlerror.ErrorPathf(ast.Path{ast.PathName("variable"), ast.PathIndex(3), ast.PathName(long)}, "%s", long)
	err.Extensions = map[string]any{"code": "GRAPHQL_VALIDATION_FAILED"}
	presented := present(t.Context(), err)
	require.Equal(t, strings.Repeat("é", 512)+"…", presented.Message)
	require.Equal(t, ast.Path{ast.PathName("variable"), ast.PathIndex(3), ast.PathName(strings.Repeat("é", 512) + "…")}, presented.Path)
	require.Equal(t, err.Extensions, presented.Extensions)
	require.Equal(t, long, err.Message, "the error itself does not change")
}
