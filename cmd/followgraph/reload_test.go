package main

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// get runs a persisted document and returns the response's body.
func (p *program) get(t *testing.T, documentID string) string {
	t.Helper()
	response, err := http.Get(p.at() + "/graphql?documentId=" + url.QueryEscape(documentID))
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(text)
}

// replace replaces a manifest atomically, as docs/operations.md advises.
func replace(t *testing.T, path, manifest string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path+".new", []byte(manifest), 0o600))
	require.NoError(t, os.Rename(path+".new", path))
}

// TestReload reloads the documents of a running server: valid ones, then invalid ones, then valid ones.
func TestReload(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	path := filepath.Join(t.TempDir(), "manifest.json")
	replace(t, path, `{"one": "{ __typename }"}`)
	p.start(t, "--persisted-documents", path, "--log-level", "info")
	require.Regexp(t, `msg=starting version=\S+ commit=\S+ go=go1\.`, p.log.String())
	require.Contains(t, p.get(t, "one"), `"data"`)
	hangup := func() { require.NoError(t, p.serve.Process.Signal(unix.SIGHUP)) }
	logged := func(message string) func() bool {
		return func() bool { return strings.Contains(p.log.String(), message) }
	}

	replace(t, path, `{"two": "{ __typename }"}`)
	hangup()
	require.Eventually(t, logged("persisted documents reloaded"), time.Minute, 10*time.Millisecond)
	require.Contains(t, p.get(t, "two"), `"data"`)
	require.Contains(t, p.get(t, "one"), "PERSISTED_QUERY_NOT_FOUND")

	replace(t, path, `{"three": "{ __typename }", "four": "{ gone }"}`)
	hangup()
	require.Eventually(t, logged("persisted documents not reloaded"), time.Minute, 10*time.Millisecond)
	require.Contains(t, p.log.String(), "four", "the log names the document")
	require.Contains(t, p.get(t, "two"), `"data"`, "the old ones stay")
	require.Contains(t, p.get(t, "three"), "PERSISTED_QUERY_NOT_FOUND", "all or none")

	replace(t, path, `{"three": "{ __typename }"}`)
	hangup()
	require.Eventually(t, func() bool { return strings.Contains(p.get(t, "three"), `"data"`) }, time.Minute, 10*time.Millisecond)
}

// TestInvalidManifest checks that a server with an invalid manifest fails before it starts the database.
func TestInvalidManifest(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	path := filepath.Join(t.TempDir(), "manifest.json")
	replace(t, path, `{"four": "{ gone }"}`)
	output, status := p.run(t, "", "serve", "--listen", "127.0.0.1:0", "--persisted-documents", path)
	require.Equal(t, exitFailed, status)
	require.Contains(t, output, `document "four"`)
	require.Contains(t, output, `Cannot query field "gone"`)
	require.NoDirExists(t, p.dir)
}
