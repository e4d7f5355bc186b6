package app_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"followgraph/internal/app"
	"followgraph/internal/config"
)

var quiet = slog.New(slog.DiscardHandler)

// configured parses flags like the program.
func configured(t testing.TB, databaseURL string, args ...string) (config.Common, config.Serve) {
	t.Helper()
	var common config.Common
	var serve config.Serve
	flags := pflag.NewFlagSet(t.Name(), pflag.ContinueOnError)
	common.Flags(flags)
	serve.Flags(flags)
	first := []string{"--database-url", databaseURL, "--listen", "127.0.0.1:0"}
	if mode := os.Getenv("FOLLOWGRAPH_GRAPH"); mode != "" { // make test-plain
		first = append(first, "--graph", mode)
	}
	require.NoError(t, flags.Parse(append(first, args...)))
	require.NoError(t, common.Validate())
	require.NoError(t, serve.Validate())
	return common, serve
}

// importEdges imports a file of follows and creates their users.
func importEdges(t testing.TB, databaseURL, path string) {
	t.Helper()
	common, _ := configured(t, databaseURL)
	what := app.Import{Source: path, CreateUsers: true}
	require.NoError(t, app.ImportEdges(t.Context(), common, what, quiet, io.Discard, io.Discard))
}

// smallGraph imports a graph in which bob and cleo follow ada.
func smallGraph(t testing.TB, databaseURL string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "edges.csv")
	rows := "follower_id,following_id,epoch_seconds\nbob,ada,1700000000\ncleo,ada,1700000001\n"
	require.NoError(t, os.WriteFile(path, []byte(rows), 0o600))
	importEdges(t, databaseURL, path)
}

// server is a running app.Serve.
type server struct {
	address string // http://host:port
	client  *http.Client
	more    chan string // lines of output after the one with its address
}

var announced = regexp.MustCompile(`^Followgraph answers on (http://127\.0\.0\.1:\d+)/graphql$`)

// start runs app.Serve until the test ends, and checks that it returns no error.
func start(t testing.TB, databaseURL string, args ...string) *server {
	t.Helper()
	return startLogged(t, quiet, databaseURL, args...)
}

func startLogged(t testing.TB, log *slog.Logger, databaseURL string, args ...string) *server {
	t.Helper()
	common, serve := configured(t, databaseURL, args...)
	// Not the test's context, because parallel subtests send requests until the cleanups.
	ctx, stop := context.WithCancel(context.Background())
	reader, writer := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := app.Serve(ctx, common, serve, log, writer)
		_ = writer.CloseWithError(err) // never fails
		done <- err
	}()
	transport := &http.Transport{MaxIdleConnsPerHost: 8}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		stop()
		require.NoError(t, <-done)
	})

	lines := bufio.NewReader(reader)
	line, err := lines.ReadBytes('\n')
	require.NoError(t, err, "Serve ended before it announced its address")
	more := make(chan string, 10)
	go func() { // an unread pipe would block Serve
		defer close(more)
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			more <- line
		}
	}()
	matches := announced.FindSubmatch(bytes.TrimSpace(line))
	require.NotNil(t, matches, "%q", line)
	return &server{
		address: string(matches[1]),
		more:    more,
		client: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// answer is a response with its complete body.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (s *server) do(t testing.TB, method, path string, header http.Header, body []byte) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.address+path, bytes.NewReader(body))
	require.NoError(t, err)
	if header != nil {
		request.Header = header
	}
	response, err := s.client.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return answer{response.StatusCode, response.Header, text}
}

func (s *server) get(t testing.TB, path string) answer {
	t.Helper()
	return s.do(t, http.MethodGet, path, nil, nil)
}

// post sends an operation.
func (s *server) post(t testing.TB, query string, variables map[string]any) answer {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	require.NoError(t, err)
	return s.do(t, http.MethodPost, "/graphql", http.Header{"Content-Type": {"application/json"}}, body)
}
