package httpserver

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"followgraph/internal/executor"
	"followgraph/internal/observe/meter"
)

const userPageQuery = `query UserPage($username: String!) { user(username: $username) { id } }`

// userPages serves the explorer. For the pages of users that do not exist, it serves missing. If the server cannot tell,
// for example because the database is down, it serves explorer, which shows the error.
func (h *graphQL) userPages(explorer, missing http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		isUnknown := func(username string) bool { return h.isUnknown(r, username) }
		if slices.ContainsFunc(usersOfPage(r), isUnknown) {
			missing.ServeHTTP(w, r)
			return
		}
		explorer.ServeHTTP(w, r)
	})
}

// usersOfPage returns the usernames in the address of a page about users: at most two.
func usersOfPage(r *http.Request) []string {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return nil
	}
	segments := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	number := map[string]int{"users": 1, "paths": 2, "compare": 2}[segments[0]]
	var usernames []string
	for _, segment := range segments[1:min(len(segments), 1+number)] {
		if username, err := url.PathUnescape(segment); err == nil && username != "" {
			usernames = append(usernames, username)
		}
	}
	return usernames
}

// isUnknown reports whether there is certainly no user with a username. It asks with an operation of the client, which
// all limits of operations apply to.
func (h *graphQL) isUnknown(r *http.Request, username string) bool {
	ctx, _ := meter.With(graphql.StartOperationTrace(r.Context()))
	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	ctx, release := executor.WithBuffer(ctx)
	defer release()
	ctx, snapshot, _ := h.snapshot(ctx, "", "")
	request := operationRequest{
		params: &parameters{
			query:     userPageQuery, // an operation with a text is not cached
			variables: map[string]any{"username": username},
		},
		snapshot: snapshot,
		document: requestDocument{text: userPageQuery},
	}
	ctx, request.caller = h.withCaller(ctx, r, h.proxies.address(r))
	a, refused := h.execute(ctx, http.Header{}, r, request)
	return refused == nil && len(a.Errors) == 0 && bytes.Equal(bytes.TrimSpace(a.Data), []byte(`{"user":null}`))
}
