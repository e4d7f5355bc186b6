package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/graph"
	"followgraph/internal/apperr"
	"followgraph/internal/globalid"
	"followgraph/internal/model"
	"followgraph/internal/social"
)

// brokenStore returns an error or panics.
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
	return readSeparately(ctx, s, users, pages)
}

// TestErrorsAreMasked checks that the log has the details of an unknown error, and the response does not.
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
		// The client is connected and the operation has time: something else ended the statement, so it is logged.
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

// brokenPagesStore reads users, but fails to read pages.
type brokenPagesStore struct{ brokenStore }

func (s brokenPagesStore) Users(_ context.Context, keys []model.UserKey) ([]*model.User, error) {
	users := make([]*model.User, len(keys))
	for i, key := range keys {
		users[i] = &model.User{CognitoID: key.CognitoID}
	}
	return users, nil
}

func (s brokenPagesStore) UsersAndPages(
	ctx context.Context, users []model.UserKey, pages []model.ConnectionKey,
) ([]*model.User, [][]model.Edge, error) {
	return readSeparately(ctx, s, users, pages)
}

// TestFaultIsLoggedOnce makes a level of three users fail: the response has an error for each, the log has one line.
func TestFaultIsLoggedOnce(t *testing.T) {
	t.Parallel()
	withExecutors(t, func(t *testing.T, schema newSchema) {
		var log bytes.Buffer
		service := newService(t, brokenPagesStore{brokenStore{err: errors.New("broken")}}, social.Options{AnonymousReads: true})
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

// TestExpectedOutageIsNotLogged has an UNAVAILABLE that states when to try again.
func TestExpectedOutageIsNotLogged(t *testing.T) {
	t.Parallel()
	withExecutors(t, func(t *testing.T, schema newSchema) {
		var log bytes.Buffer
		expected := apperr.New(apperr.Unavailable, "not yet")
		expected.RetryAfter = 1500 * time.Millisecond
		service := newService(t, brokenStore{err: expected}, social.Options{AnonymousReads: true})
		a := newAPIWith(graph.Options{Schema: schema(service), Service: service, Log: slog.New(slog.NewTextHandler(&log, nil))})
		response, _ := a.run(t.Context(), `{ users { nodes { id } } }`, nil)
		require.Len(t, response.Errors, 1)
		require.Equal(t, map[string]any{"code": apperr.Unavailable, "retryAfter": 2}, response.Errors[0].Extensions)
		require.Empty(t, log.String())
	})
}

func TestDeferIsUnknown(t *testing.T) {
	t.Parallel()
	withExecutors(t, func(t *testing.T, schema newSchema) {
		a := newAPI(t, generatedStore{}, schema)
		response, _ := a.run(t.Context(), `{ users { ... @defer { nodes { id } } } }`, nil)
		require.Len(t, response.Errors, 1)
		require.Contains(t, response.Errors[0].Message, "@defer")
	})
}
