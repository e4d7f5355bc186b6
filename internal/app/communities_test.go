package app_test

import (
	"bytes"
	"log/slog"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"followgraph/internal/app"
	"followgraph/internal/testdb"
)

// inSchema sets search_path in a database URL.
func inSchema(t *testing.T, databaseURL, schema string) string {
	t.Helper()
	parsed := mustParse(t, databaseURL)
	query := parsed.Query()
	query.Set("search_path", schema)
	parsed.RawQuery = query.Encode()
	return parsed.String()
}

var addTables = regexp.MustCompile(`ALTER PUBLICATION followgraph ADD TABLE [^"]*`)

// TestCommunities runs two communities in one database, each in its schema (docs/scaling.md). They have the same
// usernames and ids, and nothing of one is seen in the other, from memory or by SQL.
func TestCommunities(t *testing.T) {
	t.Parallel()
	database := testdb.NewEmpty(t)
	execSQL(t, database, "CREATE SCHEMA red", "CREATE SCHEMA blue")
	names := []string{"red", "blue"}
	servers, memories := map[string]*server{}, map[string]*server{}
	for _, name := range names {
		common, _ := configured(t, inSchema(t, database, name))
		require.NoError(t, app.MigrateUp(t.Context(), common, app.MigrateOptions{}, quiet, new(bytes.Buffer), new(bytes.Buffer)))

		// The first migration publishes its tables. The log of the second community has the statement that adds its own.
		if name == "blue" {
			log := new(lockedBuffer)
			waiting := startLogged(t, slog.New(slog.NewTextHandler(log, nil)), inSchema(t, database, name), "--graph", "auto", "--server-timing")
			require.Eventually(t, func() bool { return addTables.MatchString(log.String()) }, time.Minute, 10*time.Millisecond)
			require.Contains(t, waiting.get(t, "/graphql?query="+url.QueryEscape(`{ users(first: 1) { nodes { id } } }`)).header.Get("Server-Timing"), "1 statements")
			execSQL(t, database, strings.Split(addTables.FindString(log.String()), ";")[0])
		}
		smallGraph(t, inSchema(t, database, name))
		memories[name] = start(t, inSchema(t, database, name), "--graph", "memory", "--server-timing", "--admin-listen", "127.0.0.1:0")
		servers[name] = start(t, inSchema(t, database, name), "--graph", "sql")
	}
	// Only blue's ada loses a follower, and only red has another account.
	execSQL(t, database,
		`WITH gone AS (DELETE FROM blue.user_follows WHERE follower_id = 'bob') UPDATE blue.user_follow_stats SET followers_count = 1 WHERE user_id = 'ada'`,
		`UPDATE blue.user_follow_stats SET followings_count = 0 WHERE user_id = 'bob'`,
		`INSERT INTO red.users (username, phone_number, password_hash, cognito_id) VALUES ('dan', '1', 'h', 'dan')`)
	const query = `{ user(cognitoId: "ada") { followers(first: 10) { totalCount nodes { cognitoId } } } users(first: 10) { totalCount } }`
	want := map[string]string{
		"red":  `{"data":{"user":{"followers":{"totalCount":2,"nodes":[{"cognitoId":"cleo"},{"cognitoId":"bob"}]}},"users":{"totalCount":4}}}`,
		"blue": `{"data":{"user":{"followers":{"totalCount":1,"nodes":[{"cognitoId":"cleo"}]}},"users":{"totalCount":3}}}`,
	}
	for _, name := range names {
		memories[name].awaitMemory(t)
		require.JSONEq(t, want[name], string(servers[name].get(t, "/graphql?query="+url.QueryEscape(query)).body), "%s by SQL", name)
		var last answer
		assert.Eventually(t, func() bool { // the commits above arrive over the stream
			last = memories[name].get(t, "/graphql?query="+url.QueryEscape(query))
			return strings.Contains(last.header.Get("Server-Timing"), `"0 statements"`) && strings.TrimSpace(string(last.body)) == want[name]
		}, time.Minute, 10*time.Millisecond)
		require.JSONEq(t, want[name], string(last.body), "%s from memory, %s", name, last.header.Get("Server-Timing"))
		lines, err := awaitVerification(t, inSchema(t, database, name), memories[name].operators(t).address)
		require.NoError(t, err, lines)
		require.Contains(t, lines[len(lines)-1], "0 differences")
	}

	// Where the address cannot have a search_path, as behind PgBouncer, the role or the database has it.
	name := strings.TrimPrefix(mustParse(t, database).Path, "/")
	execSQL(t, database, "ALTER DATABASE "+pgx.Identifier{name}.Sanitize()+" SET search_path = blue")
	plain := start(t, database, "--graph", "sql")
	require.JSONEq(t, want["blue"], string(plain.get(t, "/graphql?query="+url.QueryEscape(query)).body))
}

func mustParse(t *testing.T, address string) *url.URL {
	t.Helper()
	parsed, err := url.Parse(address)
	require.NoError(t, err)
	return parsed
}
