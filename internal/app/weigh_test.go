package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/auth"
	"followgraph/internal/testdb"
)

// wideGraph makes 100 users with 100 followers each, none of them shared, each of whom 20 users follow. So each level of
// a page that is as large as it may be has other users, and nothing is answered from what a level above has loaded.
// Where long says so, names and avatars are as long as they may be: whoever attacks makes such accounts.
func wideGraph(t testing.TB, databaseURL string, long bool) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), databaseURL)
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	avatar, name := "", "x"
	if long {
		avatar, name = strings.Repeat("x", 2_000), strings.Repeat("\U00010348", 255)
	}
	for _, statement := range []string{
		`INSERT INTO users (cognito_id, username, phone_number, password_hash, firstname, lastname, avatar, created_at, updated_at)
		SELECT CASE n WHEN 0 THEN 'ada' ELSE 'user' || n END, CASE n WHEN 0 THEN 'ada' ELSE 'user' || n END, '+999' || n, '', $1, $1,
			'https://example.com/' || $2, now() - (20000 - n) * interval '1 s', now()
		FROM generate_series(0, 10099) AS n`,
		`INSERT INTO user_follows (follower_id, following_id, created_at)
		SELECT follower.cognito_id, owner.cognito_id, now() - n * interval '1 ms'
		FROM generate_series(0, 9999) AS n
		JOIN users AS follower ON follower.phone_number = '+999' || n + 100
		JOIN users AS owner ON owner.phone_number = '+999' || n % 100`,
		`INSERT INTO user_follows (follower_id, following_id, created_at)
		SELECT follower.cognito_id, owner.cognito_id, now() - n * interval '1 ms'
		FROM generate_series(100, 10099) AS n CROSS JOIN generate_series(1, 20) AS step
		JOIN users AS follower ON follower.phone_number = '+999' || 100 + (n + step * 17) % 10000
		JOIN users AS owner ON owner.phone_number = '+999' || n
		WHERE follower.cognito_id <> owner.cognito_id`,
		`INSERT INTO user_follows (follower_id, following_id, created_at)
		SELECT following_id, follower_id, created_at FROM user_follows WHERE id % 4 > 0 ON CONFLICT DO NOTHING`,
		`INSERT INTO user_follow_stats (user_id, followers_count, followings_count, updated_at)
		SELECT cognito_id, (SELECT count(*) FROM user_follows WHERE following_id = cognito_id),
			(SELECT count(*) FROM user_follows WHERE follower_id = cognito_id), now() FROM users`,
		`ANALYZE`,
	} {
		var arguments []any
		if strings.Contains(statement, "$1") {
			arguments = []any{name, avatar}
		}
		_, err := conn.Exec(t.Context(), statement, arguments...)
		require.NoError(t, err)
	}
}

// weight is what a request takes of the process: of the processor, and of memory at the most at one time.
type weight struct {
	processor time.Duration
	live      uint64
	bytes     int
	wall      time.Duration
	code      string
}

func (w weight) String() string {
	return fmt.Sprintf("cpu %6.1f ms  live %6.1f MiB  wall %6.1f ms  answer %8d B  %s",
		float64(w.processor.Microseconds())/1000, float64(w.live)/(1<<20), float64(w.wall.Microseconds())/1000, w.bytes, w.code)
}

// weigh sends a request twice: to measure the processor, and to measure the memory while garbage is collected all the time.
func (s *server) weigh(t testing.TB, body []byte, header http.Header) weight {
	t.Helper()
	header = header.Clone()
	header.Set("Content-Type", "application/json")
	runtime.GC()
	before, began := used(t), time.Now()
	got := s.do(t, http.MethodPost, "/graphql", header, body)
	found := weight{processor: used(t).since(before).processor, wall: time.Since(began), bytes: len(got.body)}
	var decoded struct {
		Errors []struct{ Extensions struct{ Code string } }
	}
	require.NoError(t, json.Unmarshal(got.body, &decoded))
	if len(decoded.Errors) > 0 {
		found.code = decoded.Errors[0].Extensions.Code
	}
	size := len(got.body)
	got, decoded.Errors = answer{}, nil

	idle := liveBytes()
	done := make(chan struct{})
	most := make(chan uint64)
	go func() {
		peak := uint64(0)
		for {
			peak = max(peak, liveBytes())
			select {
			case <-done:
				most <- peak
				return
			default:
			}
		}
	}()
	_ = s.do(t, http.MethodPost, "/graphql", header, body)
	close(done)
	found.live = <-most
	// The client in this process holds the answer, in a slice that has grown.
	found.live -= min(found.live, idle+uint64(size))
	return found
}

// liveBytes collects garbage and returns what is left, and what stacks take.
func liveBytes() uint64 {
	runtime.GC()
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() + samples[1].Value.Uint64()
}

// worst are the requests that were found to take most, each from a kind of its own.
func worst() map[string]string {
	doubling := func(n int, inner string) string {
		var all strings.Builder
		all.WriteString(`{ user(cognitoId: "ada") { ...f0 } }`)
		for i := range n {
			fmt.Fprintf(&all, " fragment f%d on User { a: friends(first: 1) { nodes { ...f%d } } b: friends(first: 1) { nodes { ...f%d } } }", i, i+1, i+1)
		}
		return all.String() + fmt.Sprintf(" fragment f%d on User { %s }", n, inner)
	}
	all := map[string]string{
		"aliases of isViewer":   `{ users(first: 100) { nodes { followers(first: 5) { nodes { ` + each(75, "a#: isViewer ") + `} } } } }`,
		"objects":               `{ users(first: 100) { nodes { followers(first: 100) { nodes { followers(first: 2) { nodes { id } } } } } } }`,
		"objects 20":            `{ users(first: 100) { nodes { followers(first: 20) { nodes { followers(first: 20) { nodes { id } } } } } } }`,
		"details":               `{ users(first: 100) { nodes { followers(first: 20) { nodes { followers(first: 10) { nodes { id cognitoId username firstname lastname avatar role createdAt updatedAt stats { followersCount followingsCount updatedAt } } } } } } } }`,
		"edges":                 `{ users(first: 100) { nodes { followers(first: 20) { nodes { followers(first: 10) { edges { cursor followedAt node { id } } } } } } } }`,
		"users with everything": `{ users(first: 70) { nodes { followers(first: 100) { nodes { id cognitoId username firstname lastname avatar role createdAt updatedAt email phoneNumber viewerIsFollowing isFollowingViewer isViewer stats { followersCount } } } } } }`,
		"aliased connections":   `{ users(first: 100) { nodes { ` + each(120, "a#: followers(first: 1) { nodes { id } } ") + `} } }`,
		"wide pages":            `{ users(first: 100) { nodes { followers(first: 20) { nodes { followers(first: 20) { totalCount } } } } } }`,
		"errors":                `{ users(first: 100) { nodes { followers(first: 24) { nodes { ` + each(5, `a#: followers(first: 1, after: "x") { totalCount } `) + `} } } } }`,
		"errors with":           `{ users(first: 100) { nodes { followers(first: 24) { nodes { ` + each(5, `a#: followersInCommon(first: 1, with: "x") { pageInfo { hasNextPage } } `) + `} } } } }`,
		"errors wide":           `{ users(first: 100) { nodes { followers(first: 90) { nodes { followersInCommon(first: 1, with: "x") { __typename } } } } } }`,
		"friends":               `{ users(first: 100) { nodes { friends(first: 20) { nodes { friends(first: 20) { nodes { id } } } } } } }`,
		"introspection aliases": `{ __schema { types { ` + each(480, "a#: name ") + `} } }`,
		"introspection fields":  `{ __schema { types { fields { ` + each(80, "a#: name ") + `} } } }`,
		"plain aliases":         `{ users(first: 100) { nodes { followers(first: 99) { nodes { ` + each(480, "a#: cognitoId ") + `} } } } }`,
		"private aliases":       `{ nodes(ids: [` + repeat(100, `"VXNlcjphZGE" `) + `]) { ... on User { ` + each(400, "a#: viewerIsFollowing ") + `} } }`,
		"deep":                  `{ user(cognitoId: "ada") ` + repeat(14, "{ a: friends(first: 1) { pageInfo { endCursor } nodes ") + "{ id }" + repeat(28, " }") + " }",
	}
	for _, n := range []int{9, 10, 11, 13} {
		all[fmt.Sprintf("doubling %d", n)] = doubling(n, "id")
	}
	return all
}

func TestWeigh(t *testing.T) {
	key := filepath.Join(t.TempDir(), "key.pem")
	require.NoError(t, auth.CreateKey(key))
	database := testdb.New(t)
	wideGraph(t, database, os.Getenv("LONG") != "")
	s := start(t, database, "--token-key", key, "--password-cost", "4")
	s.post(t, "{ viewer { id } }", nil)
	debug.SetGCPercent(400)
	for name, query := range worst() {
		if only := os.Getenv("ONLY"); only != "" && !strings.Contains(name, only) {
			continue
		}
		body, _ := json.Marshal(map[string]any{"query": query})
		t.Logf("%-24s %v", name, s.weigh(t, body, http.Header{}))
	}
}
