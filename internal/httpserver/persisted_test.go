package httpserver

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/persisted"
)

const (
	nameQuery = `query Name($id: String) { user(cognitoId: $id) { username } }`
	roleQuery = `query Role($id: String) { user(cognitoId: $id) { role } }`
	nameData  = `{"user": {"username": "ada"}}`
)

var ada = map[string]any{"id": "8c0e4a1e"}

func automatic(hash string) map[string]any {
	return map[string]any{"persistedQuery": map[string]any{"version": 1, "sha256Hash": hash}}
}

// requireMiss checks the response that makes Apollo's clients send the text.
func requireMiss(t *testing.T, answer got) {
	t.Helper()
	requireRefused(t, http.StatusOK, "PERSISTED_QUERY_NOT_FOUND", answer)
	require.Equal(t, "PersistedQueryNotFound", answer.Errors[0].Message)
	require.Equal(t, "private, no-cache, must-revalidate", answer.Header().Get("Cache-Control"))
}

func TestAutomaticPersistedQueries(t *testing.T) {
	t.Parallel()
	type send func(*testing.T, http.Handler, map[string]any, ...string) got
	for name, send := range map[string]send{"POST": post, "GET": get} {
		for _, accept := range []string{plainJSON, graphqlResponse} {
			t.Run(name+" "+accept, func(t *testing.T) {
				t.Parallel()
				handler := newHandler(nil)
				byHash := map[string]any{"variables": ada, "extensions": automatic(persisted.Hash(nameQuery))}
				both := map[string]any{"query": nameQuery, "variables": ada, "extensions": automatic(persisted.Hash(nameQuery))}
				miss := send(t, handler, byHash, "Accept", accept)
				requireMiss(t, miss)
				require.Equal(t, accept+"; charset=utf-8", miss.Header().Get("Content-Type"))
				requireData(t, nameData, send(t, handler, both, "Accept", accept))
				requireData(t, nameData, send(t, handler, byHash, "Accept", accept))
			})
		}
	}
}

func TestAutomaticPersistedQueriesThatAreWrong(t *testing.T) {
	t.Parallel()
	handler := newHandler(nil)
	for name, extension := range map[string]map[string]any{
		"another hash":     {"version": 1, "sha256Hash": persisted.Hash(roleQuery)},
		"half a hash":      {"version": 1, "sha256Hash": persisted.Hash(nameQuery)[:32]},
		"no hash":          {"version": 1},
		"an empty hash":    {"version": 1, "sha256Hash": ""},
		"a number as hash": {"version": 1, "sha256Hash": 7},
		"version 2":        {"version": 2, "sha256Hash": persisted.Hash(nameQuery)},
		"version as text":  {"version": "1", "sha256Hash": persisted.Hash(nameQuery)},
		"no version":       {"sha256Hash": persisted.Hash(nameQuery)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := post(t, handler, map[string]any{"query": nameQuery, "extensions": map[string]any{"persistedQuery": extension}})
			requireRefused(t, http.StatusBadRequest, apperr.BadRequest, answer)
		})
	}
	answer := post(t, handler, map[string]any{"query": nameQuery, "extensions": map[string]any{"persistedQuery": true}})
	requireRefused(t, http.StatusUnprocessableEntity, apperr.BadRequest, answer)
	requireMiss(t, post(t, handler, map[string]any{"extensions": automatic(persisted.Hash(nameQuery))}))
	answer = post(t, handler, map[string]any{"query": nameQuery, "extensions": map[string]any{"persistedQuery": nil}})
	require.Equal(t, http.StatusOK, answer.Code)
}

// TestOnlyValidDocumentsAreSaved sends invalid documents with their correct hashes.
func TestOnlyValidDocumentsAreSaved(t *testing.T) {
	t.Parallel()
	store := persisted.NewAutomatic(persisted.DefaultAutomaticBytes)
	handler := newHandler(func(options *Options) { options.Persisted.Automatic = store })
	for text, code := range map[string]apperr.Code{
		"{":        apperr.ParseFailed,
		"{ gone }": apperr.ValidationFailed,
		"query ($id: ID!) { node(id: $id) { id } }": apperr.ValidationFailed, // without its variable
	} {
		answer := post(t, handler, map[string]any{"query": text, "extensions": automatic(persisted.Hash(text))})
		require.Equal(t, code, answer.Errors[0].Extensions.Code, "%s", answer.Body)
		requireMiss(t, post(t, handler, map[string]any{"extensions": automatic(persisted.Hash(text))}))
	}
	const mutation = "mutation { __typename }"
	answer := get(t, handler, map[string]any{"query": mutation, "extensions": automatic(persisted.Hash(mutation))})
	requireRefused(t, http.StatusMethodNotAllowed, apperr.BadRequest, answer)
	require.Zero(t, store.Len())
	require.Equal(t, http.StatusOK, post(t, handler, map[string]any{"query": mutation, "extensions": automatic(persisted.Hash(mutation))}).Code)
	answer = get(t, handler, map[string]any{"extensions": automatic(persisted.Hash(mutation))})
	requireRefused(t, http.StatusMethodNotAllowed, apperr.BadRequest, answer)
}

// TestAutomaticPersistedQueriesSwitchedOff: the error is the same if the request contains the text; a client then omits
// the hash.
func TestAutomaticPersistedQueriesSwitchedOff(t *testing.T) {
	t.Parallel()
	handler := newHandler(func(options *Options) {
		trust(t, map[string]string{"role": roleQuery})(options)
		options.Persisted.Automatic = nil
	})
	for _, request := range []map[string]any{
		{"extensions": automatic(persisted.Hash(nameQuery))},
		{"extensions": automatic(persisted.Hash(nameQuery)), "query": nameQuery},
	} {
		answer := post(t, handler, request)
		requireRefused(t, http.StatusOK, "PERSISTED_QUERY_NOT_SUPPORTED", answer)
		require.Equal(t, "PersistedQueryNotSupported", answer.Errors[0].Message)
	}
	answer := post(t, handler, map[string]any{"extensions": automatic(persisted.Hash(roleQuery)), "variables": ada})
	requireData(t, `{"user": {"role": "OWNER"}}`, answer)
}

// TestTrustedDocuments names a document in each possible way.
func TestTrustedDocuments(t *testing.T) {
	t.Parallel()
	handler := newHandler(trust(t, map[string]string{"3e0b1c": nameQuery, "both": nameQuery + roleQuery}))
	hash := persisted.Hash(nameQuery)
	for name, request := range map[string]map[string]any{
		"documentId":           {"documentId": "3e0b1c"},
		"documentId, a hash":   {"documentId": hash},
		"documentId, prefixed": {"documentId": "sha256:" + hash},
		"doc_id":               {"doc_id": "3e0b1c"},
		"id":                   {"id": "3e0b1c"},
		"id twice":             {"id": "3e0b1c", "doc_id": "3e0b1c"},
		"automatic":            {"extensions": automatic(hash)},
		"automatic, its id":    {"extensions": automatic("3e0b1c")},
		"with its text":        {"documentId": "3e0b1c", "query": nameQuery},
		"with its hash":        {"documentId": "3e0b1c", "extensions": automatic(hash)},
		"an operation":         {"documentId": "both", "operationName": "Name"},
		"an id not known":      {"documentId": "gone", "query": nameQuery},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request["variables"] = ada
			requireData(t, nameData, post(t, handler, request))
			requireData(t, nameData, get(t, handler, request))
		})
	}
	for name, test := range map[string]struct {
		request map[string]any
		status  int
		code    apperr.Code
	}{
		"not known":                 {map[string]any{"documentId": "gone"}, http.StatusNotFound, apperr.PersistedQueryNotFound},
		"not known, a hash":         {map[string]any{"documentId": persisted.Hash(roleQuery)}, http.StatusNotFound, apperr.PersistedQueryNotFound},
		"malformed":                 {map[string]any{"documentId": "md5:3e0b1c"}, http.StatusUnprocessableEntity, apperr.BadRequest},
		"another text":              {map[string]any{"documentId": "3e0b1c", "query": roleQuery}, http.StatusBadRequest, apperr.BadRequest},
		"another hash":              {map[string]any{"documentId": "3e0b1c", "extensions": automatic(persisted.Hash(roleQuery))}, http.StatusBadRequest, apperr.BadRequest},
		"a hash of no text of ours": {map[string]any{"documentId": "sha256:" + persisted.Hash(roleQuery), "query": roleQuery + " "}, http.StatusBadRequest, apperr.BadRequest},
		"which operation":           {map[string]any{"documentId": "both"}, http.StatusUnprocessableEntity, apperr.ValidationFailed},
		"an empty id":               {map[string]any{"documentId": ""}, http.StatusUnprocessableEntity, apperr.BadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := post(t, handler, test.request)
			requireRefused(t, test.status, test.code, answer)
			answer = get(t, handler, test.request)
			requireRefused(t, test.status, test.code, answer)
			if test.code == apperr.PersistedQueryNotFound {
				require.Equal(t, "private, no-cache, must-revalidate", answer.Header().Get("Cache-Control"))
			}
		})
	}
}

func TestTrustedOnly(t *testing.T) {
	t.Parallel()
	handler := newHandler(func(options *Options) {
		trust(t, map[string]string{"name": nameQuery})(options)
		options.Persisted.TrustedOnly = true
	})
	const operator = "Bearer " + operatorToken
	for caller, authorization := range map[string]string{"anonymous": "", "a member": "Bearer " + memberToken} {
		t.Run(caller, func(t *testing.T) {
			t.Parallel()
			var headers []string
			if authorization != "" {
				headers = []string{"Authorization", authorization}
			}
			for _, text := range []string{roleQuery, nameQuery + " ", "{ __schema { types { name } } }", "{ __typename }", "{"} {
				requireRefused(t, http.StatusForbidden, apperr.Forbidden, post(t, handler, map[string]any{"query": text}, headers...))
				requireRefused(t, http.StatusForbidden, apperr.Forbidden, get(t, handler, map[string]any{"query": text}, headers...))
				both := map[string]any{"query": text, "extensions": automatic(persisted.Hash(text))}
				requireRefused(t, http.StatusForbidden, apperr.Forbidden, post(t, handler, both, headers...))
			}
			requireData(t, nameData, post(t, handler, map[string]any{"documentId": "name", "variables": ada}, headers...))
			requireData(t, nameData, post(t, handler, map[string]any{"query": nameQuery, "variables": ada}, headers...))
			both := map[string]any{"query": nameQuery, "variables": ada, "extensions": automatic(persisted.Hash(nameQuery))}
			requireData(t, nameData, post(t, handler, both, headers...))
		})
	}
	t.Run("an operator", func(t *testing.T) {
		t.Parallel()
		both := map[string]any{"query": roleQuery, "extensions": automatic(persisted.Hash(roleQuery))}
		byHash := map[string]any{"extensions": automatic(persisted.Hash(roleQuery))}
		for _, request := range []map[string]any{{"query": roleQuery}, both, byHash} {
			require.Equal(t, http.StatusOK, post(t, handler, request, "Authorization", operator).Code)
		}
		requireMiss(t, post(t, handler, byHash)) // a document of an operator is not available to others
	})
}
