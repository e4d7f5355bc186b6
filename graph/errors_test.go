package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"followgraph/graph"
	"followgraph/graph/operation"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/internal/apperr"
	"followgraph/internal/globalid"
	"followgraph/internal/model"
	"followgraph/internal/social"
)

// brokenStore fails as it is told to.
type brokenStore struct {
	social.Store
	err   error
	panic any
}

func (s brokenStore) Pages(context.Context, []model.ConnectionKey) ([][]model.Edge, error) {
	if s.panic != nil {
		panic(s.panic)
	}
	return nil, s.err
}

func (s brokenStore) Users(context.Context, []model.UserKey) ([]*model.User, error) {
	return nil, s.err
}

func (s brokenStore) UsersAndPages(
	ctx context.Context, users []model.UserKey, pages []model.ConnectionKey,
) ([]*model.User, [][]model.Edge, error) {
	return together(ctx, s, users, pages)
}

// TestErrorsAreMasked checks what a client and the log learn of faults.
func TestErrorsAreMasked(t *testing.T) {
	t.Parallel()
	const secret = "password=hunter2"
	for name, test := range map[string]struct {
		store brokenStore
		code  apperr.Code
	}{
		"unknown":     {brokenStore{err: errors.New(secret)}, apperr.Internal},
		"panic":       {brokenStore{panic: secret}, apperr.Internal},
		"unavailable": {brokenStore{err: apperr.Wrap(apperr.Unavailable, errors.New(secret), "the database is not available: try again later")}, apperr.Unavailable},
		// The client is there and the operation has time: something else ended the statement, which the log tells.
		"deadline": {brokenStore{err: fmt.Errorf("%s: %w", secret, context.DeadlineExceeded)}, apperr.Timeout},
		"canceled": {brokenStore{err: fmt.Errorf("%s: %w", secret, context.Canceled)}, apperr.Timeout},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withExecutors(t, func(t *testing.T, schema newSchema) {
				var log bytes.Buffer
				service := newService(t, test.store, social.Options{AnonymousReads: true})
				a := newAPIWith(graph.Options{Schema: schema(service), Service: service, Log: slog.New(slog.NewTextHandler(&log, nil))})
				response, _ := a.run(t.Context(), `{ users { nodes { id } } }`, nil)
				require.Len(t, response.Errors, 1)
				require.EqualValues(t, test.code, response.Errors[0].Extensions["code"])
				require.Equal(t, "users", response.Errors[0].Path.String())
				answer, err := json.Marshal(response)
				require.NoError(t, err)
				require.NotContains(t, string(answer), "hunter2")
				require.Equal(t, 1, bytes.Count(log.Bytes(), []byte("operation failed")), "logged once")
				require.Contains(t, log.String(), "hunter2")
			})
		})
	}
}

// TestTimeIsUp: what was canceled while the client was there took too long; only a client that leaves cancels.
func TestTimeIsUp(t *testing.T) {
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

// levelStore has users, whose followers it fails to read.
type levelStore struct{ brokenStore }

func (s levelStore) Users(_ context.Context, keys []model.UserKey) ([]*model.User, error) {
	users := make([]*model.User, len(keys))
	for i, key := range keys {
		users[i] = &model.User{CognitoID: key.CognitoID}
	}
	return users, nil
}

func (s levelStore) UsersAndPages(
	ctx context.Context, users []model.UserKey, pages []model.ConnectionKey,
) ([]*model.User, [][]model.Edge, error) {
	return together(ctx, s, users, pages)
}

// TestAFaultIsLoggedOnce fails a level of three users: each has an error in the answer, the log has one line.
func TestAFaultIsLoggedOnce(t *testing.T) {
	t.Parallel()
	withExecutors(t, func(t *testing.T, schema newSchema) {
		var log bytes.Buffer
		service := newService(t, levelStore{brokenStore{err: errors.New("broken")}}, social.Options{AnonymousReads: true})
		a := newAPIWith(graph.Options{Schema: schema(service), Service: service, Log: slog.New(slog.NewTextHandler(&log, nil))})
		response, _ := a.run(t.Context(), `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on User { followers { totalCount } } } }`,
			map[string]any{"ids": []any{globalid.User("a"), globalid.User("b"), globalid.User("c")}})
		require.JSONEq(t, `{"nodes": [null, null, null]}`, string(response.Data))
		require.Len(t, response.Errors, 3)
		for _, err := range response.Errors {
			require.Regexp(t, `^nodes\[[0-2]\]\.followers$`, err.Path.String())
			require.NotEmpty(t, err.Locations)
		}
		require.Equal(t, 1, bytes.Count(log.Bytes(), []byte("operation failed")), log.String())
	})
}

func TestDeferIsUnknown(t *testing.T) {
	t.Parallel()
	withExecutors(t, func(t *testing.T, schema newSchema) {
		a := newAPI(t, noStore{t: t}, schema)
		response, _ := a.run(t.Context(), `{ users { ... @defer { nodes { id } } } }`, nil)
		require.Len(t, response.Errors, 1)
		require.Contains(t, response.Errors[0].Message, "@defer")
	})
}

// TestLongErrors presents errors with more text than a client gets.
func TestLongErrors(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 2_000)
	present := operation.PresentError(slog.New(slog.DiscardHandler))
	err := gqlerror.ErrorPathf(ast.Path{ast.PathName("variable"), ast.PathIndex(3), ast.PathName(long)}, "%s", long)
	err.Extensions = map[string]any{"code": "GRAPHQL_VALIDATION_FAILED"}
	presented := present(t.Context(), err)
	require.Equal(t, strings.Repeat("é", 512)+"…", presented.Message)
	require.Equal(t, ast.Path{ast.PathName("variable"), ast.PathIndex(3), ast.PathName(strings.Repeat("é", 512) + "…")}, presented.Path)
	require.Equal(t, err.Extensions, presented.Extensions)
	require.Equal(t, long, err.Message, "the error itself stays as it is")
}
