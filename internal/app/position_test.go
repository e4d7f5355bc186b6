package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/testdb"
)

const positionHeader = "Followgraph-Position"

// awaitMemory waits until a server with the header Server-Timing answers from memory.
func (s *server) awaitMemory(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		got := s.get(t, "/graphql?query="+url.QueryEscape(`{ users(first: 1) { nodes { id } } }`))
		require.Equal(t, http.StatusOK, got.status, "%s", got.body)
		return strings.Contains(got.header.Get("Server-Timing"), `"0 statements"`)
	}, time.Minute, 10*time.Millisecond)
}

// positionClient is a client that sends the newest position of its answers, as docs/protocol.md says.
type positionClient struct {
	token    string
	position string
}

func (c *positionClient) ask(t *testing.T, s *server, query string, variables map[string]any) answer {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	require.NoError(t, err)
	header := http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + c.token}}
	if c.position != "" {
		header.Set(positionHeader, c.position)
	}
	got := s.do(t, http.MethodPost, "/graphql", header, body)
	require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	arrived := got.header.Get(positionHeader)
	require.Regexp(t, `^\d+\.1\.[0-9A-F]{16}$`, arrived)
	require.GreaterOrEqual(t, arrived, c.position, "monotonic reads")
	c.position = arrived
	return got
}

// TestReadYourWritesOverServers follows and unfollows on one of three servers, and reads on another one. Several clients
// do this at once.
func TestReadYourWritesOverServers(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	flags := append(signInFlags(t), "--graph", "memory", "--server-timing")
	var servers []*server
	for range 3 {
		servers = append(servers, start(t, database, flags...))
	}
	_, target := servers[0].register(t, "target", "+41446681800")
	var clients []*positionClient
	for i := range 4 {
		token, _ := servers[i%3].register(t, fmt.Sprint("client", i), fmt.Sprint("+4144668181", i))
		clients = append(clients, &positionClient{token: token})
	}
	for _, s := range servers {
		s.awaitMemory(t)
	}
	for i, client := range clients {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			fromMemory := 0
			for round := range 60 {
				writer, reader := servers[(i+round)%3], servers[(i+round+1+round%2)%3]
				field, follows := "followUser", true
				if round%2 == 1 {
					field, follows = "unfollowUser", false
				}
				mutation := fmt.Sprintf(`mutation ($id: ID!) { %s(input: {userId: $id}) { changed user { viewerIsFollowing } viewer { stats { followingsCount } } } }`, field)
				payload := client.ask(t, writer, mutation, map[string]any{"id": target}).data(t, field)
				require.Equal(t, true, payload["changed"])
				require.Equal(t, map[string]any{"viewerIsFollowing": follows}, payload["user"], "a mutation reads its own write")

				got := client.ask(t, reader, `query ($id: ID!) { node(id: $id) { ... on User { viewerIsFollowing } } viewer { stats { followingsCount } following(first: 2) { totalCount nodes { username } } } }`, map[string]any{"id": target})
				require.Equal(t, map[string]any{"viewerIsFollowing": follows}, got.data(t, "node"))
				count, nodes := 0.0, []any{}
				if follows {
					count, nodes = 1.0, []any{map[string]any{"username": "target"}}
				}
				require.Equal(t, map[string]any{
					"stats": map[string]any{"followingsCount": count}, "following": map[string]any{"totalCount": count, "nodes": nodes},
				}, got.data(t, "viewer"))
				if strings.Contains(got.header.Get("Server-Timing"), `"0 statements"`) {
					fromMemory++
				}
			}
			require.Positive(t, fromMemory)
		})
	}
}

// TestPositionsOfOtherDatabases: a client that has a position of before a failover is answered by SQL, and takes the new
// position.
func TestPositionsOfOtherDatabases(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	smallGraph(t, database)
	s := start(t, database, "--graph", "memory", "--server-timing")
	s.awaitMemory(t)
	path := "/graphql?query=" + url.QueryEscape(`{ user(cognitoId: "ada") { username } }`)
	here := s.get(t, path).header.Get(positionHeader)
	system, _, _ := strings.Cut(here, ".")
	for _, other := range []string{"1.1.FFFFFFFFFFFFFFFF", system + ".2.0000000000000001", system + ".1.FFFFFFFFFFFFFFFF"} {
		got := s.do(t, http.MethodGet, path, http.Header{positionHeader: {other}}, nil)
		require.Equal(t, http.StatusOK, got.status, "%s", got.body)
		require.Contains(t, got.header.Get("Server-Timing"), `"1 statements"`)
		require.Regexp(t, "^"+system+`\.1\.0`, got.header.Get(positionHeader), "the position of the data, not of the request")
	}
	got := s.do(t, http.MethodGet, path, http.Header{positionHeader: {here + " "}}, nil)
	require.Equal(t, http.StatusOK, got.status, "the white space around a value is not part of it")
	got = s.do(t, http.MethodGet, path, http.Header{positionHeader: {"0/16B3748"}}, nil)
	require.Equal(t, http.StatusBadRequest, got.status)
	require.Equal(t, "BAD_REQUEST", got.code(t))
	require.Contains(t, string(got.body), positionHeader)
}

// TestTagsOfMemoryAndSQL: the ETag of an answer is that of its body, whatever answers. Memory knows it without another
// execution until the graph changes.
func TestTagsOfMemoryAndSQL(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	smallGraph(t, database)
	manifest := filepath.Join(t.TempDir(), "manifest.json")
	require.NoError(t, os.WriteFile(manifest, []byte(`{"ada": "query Ada { user(cognitoId: \"ada\") { followers(first: 5) { totalCount nodes { username } } } }"}`), 0o600))
	flags := []string{"--server-timing", "--persisted-documents", manifest, "--graph"}
	memory := start(t, database, append(flags, "memory")...)
	again := start(t, database, append(flags, "memory")...)
	sql := start(t, database, append(flags, "sql")...)
	memory.awaitMemory(t)
	again.awaitMemory(t)
	ask := func(s *server, tag string) answer {
		return s.do(t, http.MethodGet, "/graphql?documentId=ada", http.Header{"If-None-Match": {tag}}, nil)
	}
	first := ask(memory, "")
	require.Equal(t, http.StatusOK, first.status)
	require.Contains(t, string(first.body), `"totalCount":2`)
	tag := first.header.Get("ETag")
	for _, s := range []*server{memory, memory, again, again, sql} {
		got := ask(s, tag)
		require.Equal(t, http.StatusNotModified, got.status)
		require.Equal(t, tag, got.header.Get("ETag"))
		require.Equal(t, s != sql, got.header.Get(positionHeader) != "")
	}
	execSQL(t, database, `INSERT INTO user_follows (follower_id, following_id) VALUES ('ada', 'ada2')`,
		`UPDATE users SET username = 'cleopatra' WHERE cognito_id = 'cleo'`)
	for _, s := range []*server{sql, memory, again} {
		require.Eventually(t, func() bool { return ask(s, tag).status == http.StatusOK }, time.Minute, time.Millisecond)
		require.Contains(t, string(ask(s, tag).body), "cleopatra")
	}
	require.Equal(t, ask(sql, "").header.Get("ETag"), ask(memory, "").header.Get("ETag"))
}

// TestSQLHasNoPositions: with --graph=sql everything is as if positions did not exist.
func TestSQLHasNoPositions(t *testing.T) {
	t.Parallel()
	s := start(t, testdb.New(t), "--graph", "sql")
	for _, position := range []string{"", "1.1.FFFFFFFFFFFFFFFF", "malformed"} {
		got := s.do(t, http.MethodGet, "/graphql?query={users{nodes{id}}}", http.Header{positionHeader: {position}}, nil)
		require.Equal(t, http.StatusOK, got.status)
		require.NotContains(t, got.header, positionHeader)
	}
}
