package httpserver

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
)

func TestNegotiate(t *testing.T) {
	t.Parallel()
	const none = ""
	for accept, want := range map[string]string{
		"":                                  plainJSON,
		" ":                                 plainJSON,
		"*/*":                               plainJSON,
		"application/*":                     plainJSON,
		"application/json":                  plainJSON,
		"APPLICATION/JSON":                  plainJSON,
		"application/graphql-response+json": graphqlResponse,
		"Application/GraphQL-Response+JSON": graphqlResponse,

		// The lists of clients: the draft's, urql's, Apollo's, a browser's.
		"application/graphql-response+json, application/json;q=0.9":                                                                    graphqlResponse,
		"application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed":            graphqlResponse,
		"application/json, text/event-stream":                                                                                          plainJSON,
		"multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json;q=0.9":                                  graphqlResponse,
		"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7": plainJSON,

		// Weights.
		"application/json, application/graphql-response+json":                graphqlResponse,
		"application/json, application/graphql-response+json;q=0.999":        plainJSON,
		"application/json;q=0.1, application/graphql-response+json;q=0.2":    graphqlResponse,
		"application/graphql-response+json;q=0.5, */*":                       plainJSON,
		"application/graphql-response+json, */*":                             graphqlResponse,
		"application/json;q=0, */*":                                          graphqlResponse,
		"application/graphql-response+json;q=0, application/*":               plainJSON,
		"application/*;q=0, */*":                                             none,
		"application/json;q=0":                                               none,
		"application/json; q=0.000, text/html":                               none,
		"application/json;q=high":                                            none,
		"application/json;q=NaN":                                             none,
		"application/json;q=-1":                                              none,
		"application/json;q=7":                                               plainJSON,
		"application/json ; Q=0.5 , application/graphql-response+json;q=0.4": plainJSON,

		// Parameters.
		"application/json;charset=utf-8":                       plainJSON,
		`application/json;charset="UTF-8"`:                     plainJSON,
		"application/json;charset=utf-16":                      none,
		"application/json;charset=utf-16, application/*;q=0.1": plainJSON,
		`application/json;x="a,b;q=0", text/html`:              plainJSON,
		`text/html;x="\",application/json"`:                    none,

		"text/html":                 none,
		"multipart/mixed":           none,
		"application/jsonp":         none,
		"application":               none,
		",;,application/json;;q=1,": plainJSON,
	} {
		accepts, refused := negotiate([]string{accept})
		if want == none {
			require.NotNil(t, refused, accept)
			require.Equal(t, http.StatusNotAcceptable, refused.status)
			continue
		}
		require.Nil(t, refused, accept)
		require.True(t, accepts.single, accept)
		require.Equal(t, want, accepts.mediaType, accept)
	}
	accepts, refused := negotiate([]string{"text/html", "application/graphql-response+json"})
	require.Nil(t, refused)
	require.Equal(t, graphqlResponse, accepts.mediaType, "several headers are one list")
	_, refused = negotiate(nil)
	require.Nil(t, refused)
}

// TestNegotiateStreams: a type for many results must be named, Apollo's with its version.
func TestNegotiateStreams(t *testing.T) {
	t.Parallel()
	events, parts := eventStreamFormat{}, multipartFormat{}
	for accept, want := range map[string]accepted{
		"text/event-stream":                       {plainJSON, false, events},
		"text/event-stream;charset=utf-8":         {plainJSON, false, events},
		"text/event-stream, application/json":     {plainJSON, true, events},
		"text/event-stream;q=0, application/json": {plainJSON, true, nil},
		"*/*":                                  {plainJSON, true, nil},
		"text/*, */*":                          {plainJSON, true, nil},
		"multipart/mixed;subscriptionSpec=1.0": {plainJSON, false, parts},
		`Multipart/Mixed; SubscriptionSpec="1.0"`:                       {plainJSON, false, parts},
		"multipart/mixed;subscriptionSpec=2, */*":                       {plainJSON, true, nil},
		"multipart/mixed;deferSpec=20220824, */*":                       {plainJSON, true, nil},
		"text/event-stream, multipart/mixed":                            {plainJSON, false, events}, // urql
		"text/event-stream;q=0.5, multipart/mixed;subscriptionSpec=1.0": {plainJSON, false, parts},
		// Apollo Client 3 and 4
		"multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/graphql-response+json,application/json;q=0.9": {graphqlResponse, true, parts},
	} {
		accepts, refused := negotiate([]string{accept})
		require.Nil(t, refused, accept)
		require.Equal(t, want, accepts, accept)
	}
}

// TestNotAcceptable sends a mutation, which must not run for a client that cannot read the response.
func TestNotAcceptable(t *testing.T) {
	t.Parallel()
	answer := post(t, newHandler(nil), map[string]any{"query": "mutation { __typename }"}, "Accept", "text/html")
	requireRefused(t, http.StatusNotAcceptable, apperr.BadRequest, answer)
}

// TestContentType: without data the newer media type states that the body is from a GraphQL server.
func TestContentType(t *testing.T) {
	t.Parallel()
	handler := newHandler(nil)
	const utf8 = "; charset=utf-8"
	for accept, want := range map[string]string{"": plainJSON, "*/*": plainJSON, plainJSON: plainJSON, graphqlResponse: graphqlResponse} {
		answer := post(t, handler, map[string]any{"query": "{ __typename }"}, "Accept", accept)
		require.Equal(t, want+utf8, answer.Header().Get("Content-Type"), accept)
		answer = post(t, handler, map[string]any{"query": "{"}, "Accept", accept)
		require.Equal(t, graphqlResponse+utf8, answer.Header().Get("Content-Type"), accept)
		require.Equal(t, []string{vary}, answer.Header().Values("Vary"))
		require.Equal(t, "no-store", answer.Header().Get("Cache-Control"))
		require.Equal(t, "nosniff", answer.Header().Get("X-Content-Type-Options"))
	}
}
