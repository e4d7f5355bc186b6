package app_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/app"
	"followgraph/internal/testdb"
	"followgraph/web"
)

// TestServePersistedDocuments checks that the flags for documents, caches and origins take effect.
func TestServePersistedDocuments(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	smallGraph(t, database)
	manifests := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(manifests, "web.json"),
		[]byte(`{"fans": "query Fans($who: String) { user(cognitoId: $who) { stats { followersCount } } }"}`), 0o600))
	s := start(t, database, "--persisted-documents", manifests, "--trusted-only", "--anonymous-cache-control", "public, max-age=60",
		"--cors-origin", "https://app.example")
	named := "/graphql?documentId=fans&variables=" + url.QueryEscape(`{"who":"ada"}`)

	got := s.do(t, http.MethodGet, named, http.Header{"Origin": {"https://app.example"}}, nil)
	require.Equal(t, http.StatusOK, got.status)
	require.JSONEq(t, `{"data": {"user": {"stats": {"followersCount": 2}}}}`, string(got.body))
	require.Equal(t, "public, max-age=60", got.header.Get("Cache-Control"))
	require.Equal(t, "https://app.example", got.header.Get("Access-Control-Allow-Origin"))
	again := s.do(t, http.MethodGet, named, http.Header{"If-None-Match": {got.header.Get("ETag")}}, nil)
	require.Equal(t, http.StatusNotModified, again.status)
	require.Equal(t, http.StatusForbidden, s.post(t, "{ __typename }", nil).status)
}

// TestServeExplorerDocuments checks that a server that serves the explorer trusts its documents.
func TestServeExplorerDocuments(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	smallGraph(t, database)
	manifest := filepath.Join(t.TempDir(), "manifest.json")
	require.NoError(t, os.WriteFile(manifest, []byte(`{"fans": "query Fans { viewer { id } }"}`), 0o600))
	var documents map[string]string
	require.NoError(t, json.Unmarshal(web.ExplorerDocuments(), &documents))
	profile := ""
	for id, text := range documents {
		if strings.Contains(text, "query Profile(") {
			profile = id
		}
	}
	named := "/graphql?" + url.Values{"documentId": {profile}, "variables": {`{"username":"ada"}`}}.Encode()
	for name, test := range map[string]struct {
		flags []string
		want  int
	}{
		"by itself":                      {nil, http.StatusOK},
		"beside trusted documents":       {[]string{"--persisted-documents", manifest, "--trusted-only"}, http.StatusOK},
		"not served":                     {[]string{"--explorer=false"}, http.StatusNotFound},
		"not served, others are trusted": {[]string{"--explorer=false", "--persisted-documents", manifest}, http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, start(t, database, test.flags...).get(t, named).status)
		})
	}
}

// TestOperatorsAreExemptFromTrustedOnly uses a server with sign-in and one without.
func TestOperatorsAreExemptFromTrustedOnly(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	manifest := filepath.Join(t.TempDir(), "manifest.json")
	require.NoError(t, os.WriteFile(manifest, []byte(`{"name": "{ __typename }"}`), 0o600))
	keys := signInFlags(t)
	open := start(t, database, keys...)
	closed := start(t, database, append(keys, "--persisted-documents", manifest, "--trusted-only")...)
	member, _ := open.register(t, "ada", "+41446681800")
	operator, _ := open.register(t, "grace", "+41446681801")
	common, _ := configured(t, database)
	require.NoError(t, app.SetRole(t.Context(), common, "grace", "OPT_USER", quiet, io.Discard))

	const introspection = `{ __schema { queryType { name } } }`
	require.Equal(t, http.StatusForbidden, closed.as(t, "", introspection, nil).status)
	require.Equal(t, http.StatusForbidden, closed.as(t, member, introspection, nil).status)
	require.Equal(t, http.StatusOK, closed.as(t, operator, introspection, nil).status)
	require.Equal(t, http.StatusOK, closed.as(t, member, "{ __typename }", nil).status, "a trusted text")

	const link = `name="playground"`
	require.Contains(t, string(open.get(t, "/").body), link)
	require.NotContains(t, string(closed.get(t, "/").body), link, "the playground would reject most queries")
}

func TestServeWithoutAutomaticPersistedQueries(t *testing.T) {
	t.Parallel()
	s := start(t, testdb.New(t), "--automatic-persisted-queries=false")
	got := s.get(t, "/graphql?extensions="+url.QueryEscape(`{"persistedQuery":{"version":1,"sha256Hash":"00"}}`))
	require.Equal(t, http.StatusOK, got.status)
	require.Contains(t, string(got.body), "PersistedQueryNotSupported")
}
