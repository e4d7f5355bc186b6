package httpserver

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/graph"
	"followgraph/internal/apperr"
	"followgraph/internal/executor"
	"followgraph/internal/model"
	"followgraph/internal/persisted"
	"followgraph/internal/social"
	"followgraph/internal/viewer"
)

// Tokens that newHandler knows.
const (
	memberToken   = "member"
	operatorToken = "operator"
)

func authenticate(_ context.Context, token string) (viewer.Viewer, error) {
	switch token {
	case memberToken:
		return viewer.Viewer{CognitoID: "8c0e4a1e", Registered: true}, nil
	case operatorToken:
		return viewer.Viewer{CognitoID: "0b5", Registered: true, Operator: true}, nil
	case "often":
		return viewer.Viewer{}, apperr.Limited(1500*time.Millisecond, "too many tokens were tried")
	case "late":
		return viewer.Viewer{}, apperr.New(apperr.Unavailable, "the keys cannot be reached")
	}
	return viewer.Viewer{}, apperr.New(apperr.Unauthenticated, "the token is not valid")
}

// newHandler returns a server with one user, ada, and automatic persisted queries unless change configures it
// otherwise.
func newHandler(change func(*Options)) http.Handler {
	documents := executor.NewDocuments()
	service := social.New(&person{User: model.User{
		CognitoID: "8c0e4a1e", Username: "ada", Role: model.UserRoleOwner, Stats: &model.Stats{},
	}}, social.Options{AnonymousReads: true})
	options := Options{
		Schema:           graph.NewCompiledSchema(graph.Config{Resolvers: graph.NewResolver(service)}, documents),
		Documents:        documents,
		Service:          service,
		Authenticate:     authenticate,
		Ready:            func(context.Context) error { return nil },
		Log:              slog.New(slog.DiscardHandler),
		OperationTimeout: time.Minute,
		Persisted:        Persisted{Automatic: persisted.NewAutomatic(persisted.DefaultAutomaticBytes)},
	}
	if change != nil {
		change(&options)
	}
	return Handler(options)
}

// trust makes the server trust texts under the given ids.
func trust(t testing.TB, texts map[string]string) func(*Options) {
	t.Helper()
	manifest, err := json.Marshal(texts)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "manifest.json")
	require.NoError(t, os.WriteFile(path, manifest, 0o600))
	return func(options *Options) {
		trusted, err := persisted.NewTrusted([]string{path}, options.Schema.Schema())
		require.NoError(t, err)
		options.Persisted.Trusted = trusted
	}
}

// got is a response.
type got struct {
	*httptest.ResponseRecorder
	Errors []struct {
		Message    string
		Extensions struct{ Code apperr.Code }
	}
	Data json.RawMessage
}

// headers are pairs of names and values.
func ask(t *testing.T, handler http.Handler, method, target, body string, headers ...string) got {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answer := got{ResponseRecorder: httptest.NewRecorder()}
	handler.ServeHTTP(answer, request)
	if answer.Header().Get("Content-Encoding") == "" && answer.Body.Len() > 0 {
		require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &answer), "%s", answer.Body)
		_, hasData := keys(t, answer.Body.Bytes())["data"]
		require.Equal(t, answer.Data != nil, hasData)
	}
	return answer
}

func keys(t *testing.T, body []byte) map[string]json.RawMessage {
	t.Helper()
	var all map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(body, &all))
	return all
}

func post(t *testing.T, handler http.Handler, request map[string]any, headers ...string) got {
	t.Helper()
	body, err := json.Marshal(request)
	require.NoError(t, err)
	return ask(t, handler, http.MethodPost, "/graphql", string(body), headers...)
}

// get sends parameters in the URL: strings unchanged, other values as JSON.
func get(t *testing.T, handler http.Handler, request map[string]any, headers ...string) got {
	t.Helper()
	values := url.Values{}
	for name, value := range request {
		text, ok := value.(string)
		if !ok {
			encoded, err := json.Marshal(value)
			require.NoError(t, err)
			text = string(encoded)
		}
		values.Set(name, text)
	}
	return ask(t, handler, http.MethodGet, "/graphql?"+values.Encode(), "", headers...)
}

// requireRefused checks status and code of a response without data.
func requireRefused(t *testing.T, status int, code apperr.Code, answer got) {
	t.Helper()
	require.Equal(t, status, answer.Code, "%s", answer.Body)
	require.Len(t, answer.Errors, 1, "%s", answer.Body)
	require.Equal(t, code, answer.Errors[0].Extensions.Code)
	require.NotEmpty(t, answer.Errors[0].Message)
	require.Nil(t, answer.Data)
	require.Empty(t, answer.Header().Get("ETag"))
}

func requireData(t *testing.T, data string, answer got) {
	t.Helper()
	require.Equal(t, http.StatusOK, answer.Code, "%s", answer.Body)
	require.Empty(t, answer.Errors)
	require.JSONEq(t, data, string(answer.Data))
}

// slow is a body that never ends.
type slow struct{}

func (slow) Read([]byte) (int, error) { return 0, os.ErrDeadlineExceeded }

var _ io.Reader = slow{}
