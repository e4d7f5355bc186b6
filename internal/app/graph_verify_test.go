package app_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/app"
	"followgraph/internal/httpserver"
	"followgraph/internal/testdb"
)

// verifyGraph runs `graph verify`. An empty address is a fresh load.
func verifyGraph(t *testing.T, databaseURL, admin string) (lines []string, err error) {
	t.Helper()
	verify := app.VerifyGraph{MaxDifferences: 100}
	if admin != "" {
		require.NoError(t, verify.Admin.Set(admin))
	}
	return runVerify(t, verify, databaseURL)
}

func runVerify(t *testing.T, verify app.VerifyGraph, databaseURL string) (lines []string, err error) {
	t.Helper()
	common, _ := configured(t, databaseURL)
	var out bytes.Buffer
	err = verify.Run(t.Context(), common, quiet, &out)
	for line := range strings.Lines(out.String()) {
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines, err
}

// loadLimit is the time limit for loading a small graph. A slot waits for the transactions of all tests that share the
// PostgreSQL.
const loadLimit = 5 * time.Minute

// awaitVerification runs `graph verify` against a server until its graph is loaded.
func awaitVerification(t *testing.T, databaseURL, admin string) (lines []string, err error) {
	t.Helper()
	require.Eventually(t, func() bool {
		lines, err = verifyGraph(t, databaseURL, admin)
		return err == nil || !strings.Contains(err.Error(), "being loaded")
	}, loadLimit, 20*time.Millisecond)
	return lines, err
}

// execSQL runs statements on a database as another program would.
func execSQL(t *testing.T, databaseURL string, statements ...string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), databaseURL)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(context.WithoutCancel(t.Context()))) }()
	for _, sql := range statements {
		_, err := conn.Exec(t.Context(), sql)
		require.NoError(t, err)
	}
}

// foreignRows are rows that other programs write: follows without accounts and without counts, times that answers cannot
// show, names beyond the Basic Multilingual Plane, and a list of many chunks.
var foreignRows = []string{
	`INSERT INTO user_follows (follower_id, following_id, created_at) VALUES
		('gone', 'ada', 'infinity'), ('ada', 'gone', '-infinity'), ('gone', 'dead', '0044-03-15 00:00:00+00 BC'), ('', 'ada', '294276-12-31 00:00:00+00')`,
	`INSERT INTO users (username, phone_number, password_hash, cognito_id, firstname, lastname, avatar, created_at, updated_at)
		VALUES (U&'\+01F600\+010FFFF', '1', 'h', U&'\+01F600', 'Ǆ', NULL, '', 'infinity', '-infinity'), ('ß', '2', 'h', 'É', NULL, 'Ω', repeat('x', 100000), '-infinity', 'infinity')`,
	`INSERT INTO user_follow_stats (user_id, updated_at) VALUES ('nobody', 'infinity')`,
	`INSERT INTO user_follows (follower_id, following_id, created_at)
		SELECT 'f' || n, 'ada', timestamptz '2020-01-01' + n % 100 * interval '1 second' FROM generate_series(1, 3000) AS n`,
	`INSERT INTO user_follows (id, follower_id, following_id) SELECT 1::bigint << 50 | n, 'ada', 'f' || n FROM generate_series(1, 1000) AS n`,
}

const foreignResult = `: 5 users, 4006 follows, 4 rows of counts; 0 differences`

func TestVerifyFreshLoad(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	lines, err := verifyGraph(t, database, "")
	require.NoError(t, err)
	require.Len(t, lines, 1)
	require.Regexp(t, `^a fresh load compared with SQL at position \d+\.1\.[0-9A-F]{16}: 0 users, 0 follows, 0 rows of counts; 0 differences$`, lines[0])

	smallGraph(t, database)
	execSQL(t, database, foreignRows...)
	lines, err = verifyGraph(t, database, "")
	require.NoError(t, err)
	require.Len(t, lines, 1)
	require.Contains(t, lines[0], foreignResult)

	execSQL(t, database, `DROP PUBLICATION followgraph`)
	_, err = verifyGraph(t, database, "")
	require.ErrorContains(t, err, "publication")
}

func TestVerifyRunningServer(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	smallGraph(t, database)
	s := start(t, database, "--admin-listen", "127.0.0.1:0", "--graph", "memory")
	operators := s.operators(t)
	lines, err := awaitVerification(t, database, operators.address)
	require.NoError(t, err)
	require.Len(t, lines, 1)
	require.Regexp(t, `^the memory of http://127\.0\.0\.1:\d+ compared with SQL at position \S+: 3 users, 2 follows, 3 rows of counts; 0 differences$`, lines[0])

	execSQL(t, database, foreignRows...) // after the load
	lines, err = verifyGraph(t, database, operators.address)
	require.NoError(t, err)
	require.Len(t, lines, 1)
	require.Contains(t, lines[0], foreignResult)
}

// TestVerifyBesideWrites verifies again and again while the graph changes.
func TestVerifyBesideWrites(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	smallGraph(t, database)
	operators := start(t, database, "--admin-listen", "127.0.0.1:0", "--graph", "memory").operators(t)
	_, err := awaitVerification(t, database, operators.address)
	require.NoError(t, err)

	ctx, stop := context.WithCancel(t.Context())
	written := make(chan error, 2)
	for writer := range 2 {
		conn, err := pgx.Connect(t.Context(), database)
		require.NoError(t, err)
		go func() {
			defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
			for n := 0; ; n++ {
				_, err := conn.Exec(ctx, `WITH gone AS (DELETE FROM user_follows WHERE id % 3 = $1 AND follower_id LIKE 'w%')
					INSERT INTO user_follows (follower_id, following_id) VALUES ($2, 'ada'), ('ada', $2)`, n%3, fmt.Sprintf("w%d-%d", writer, n))
				if ctx.Err() != nil {
					written <- nil
					return
				}
				if err != nil {
					written <- err
					return
				}
			}
		}()
	}
	results := map[string]bool{}
	for range 8 {
		lines, err := verifyGraph(t, database, operators.address)
		require.NoError(t, err, lines)
		require.Len(t, lines, 1)
		results[lines[0]] = true
	}
	stop()
	require.NoError(t, <-written)
	require.NoError(t, <-written)
	require.Len(t, results, 8, "each at another position")
}

// TestVerifyFindsWhatTheStreamMissed changes the database while the publication has no follows, so that memory misses
// the changes.
func TestVerifyFindsWhatTheStreamMissed(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	smallGraph(t, database)
	operators := start(t, database, "--admin-listen", "127.0.0.1:0", "--graph", "memory").operators(t)
	_, err := awaitVerification(t, database, operators.address)
	require.NoError(t, err)

	execSQL(t, database,
		`ALTER PUBLICATION followgraph DROP TABLE user_follows`,
		`INSERT INTO user_follows (id, follower_id, following_id, created_at) VALUES (77, 'ada', 'cleo', '2025-06-20 12:00:00+00')`,
		`DELETE FROM user_follows WHERE follower_id = 'bob'`,
		`ALTER PUBLICATION followgraph ADD TABLE user_follows`,
	)
	lines, err := verifyGraph(t, database, operators.address)
	require.ErrorIs(t, err, app.ErrGraphDiffers)
	require.Len(t, lines, 9)
	require.ElementsMatch(t, []string{
		`followers of "ada": "bob" since 2023-11-14T22:13:20Z (id 1): only in memory`,
		`followers of "ada": the count is 2 in memory, and SQL has 1 rows`,
		`followers of "cleo": "ada" since 2025-06-20T12:00:00Z (id 77): only in SQL`,
		`followers of "cleo": the count is 0 in memory, and SQL has 1 rows`,
		`following of "ada": "cleo" since 2025-06-20T12:00:00Z (id 77): only in SQL`,
		`following of "ada": the count is 0 in memory, and SQL has 1 rows`,
		`following of "bob": "ada" since 2023-11-14T22:13:20Z (id 1): only in memory`,
		`following of "bob": the count is 1 in memory, and SQL has 0 rows`,
	}, lines[:8])
	require.Contains(t, lines[8], ": 3 users, 2 follows, 3 rows of counts; 8 differences")

	common, _ := configured(t, database)
	verify := app.VerifyGraph{MaxDifferences: 3}
	require.NoError(t, verify.Admin.Set(operators.address))
	var out bytes.Buffer
	require.ErrorIs(t, verify.Run(t.Context(), common, quiet, &out), app.ErrGraphDiffers)
	require.Regexp(t, `^(.+\n){3}and 5 differences more\nthe memory of .+; 8 differences\n$`, out.String())
}

func TestVerifyWithoutGraph(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	s := start(t, database, "--admin-listen", "127.0.0.1:0", "--graph", "sql")
	_, err := verifyGraph(t, database, s.operators(t).address)
	require.ErrorContains(t, err, "503 Service Unavailable: there is no graph in memory to verify: with --graph=sql, SQL alone answers")

	_, err = verifyGraph(t, database, s.address)
	require.ErrorContains(t, err, "it is not the --admin-listen of a server, or that server is older")

	unpublished := testdb.New(t)
	execSQL(t, unpublished, `DROP PUBLICATION followgraph`)
	operators := start(t, unpublished, "--admin-listen", "127.0.0.1:0", "--graph", "auto").operators(t)
	_, err = awaitVerification(t, unpublished, operators.address)
	require.ErrorContains(t, err, "the database lacks what the stream of commits needs")
}

func TestVerifyWrongAddress(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	var answer http.HandlerFunc
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(w, r) }))
	t.Cleanup(other.Close)
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"another program": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html></html>") }, "is not the listener for operators"},
		"a redirect":      {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) }, "the server answers 302 Found"},
		"no position": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", httpserver.GraphDumpType)
		}, `a position has the form "system.timeline.lsn"`},
		"no snapshot": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", httpserver.GraphDumpType)
			w.Header().Set(httpserver.PositionHeader, "1.1.0000000000000001")
			w.Header().Set(httpserver.SnapshotHeader, "'; DROP TABLE users; --")
		}, "the name of the snapshot is malformed"},
		"a snapshot of another server": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", httpserver.GraphDumpType)
			w.Header().Set(httpserver.PositionHeader, "1.1.0000000000000001")
			w.Header().Set(httpserver.SnapshotHeader, "0000000A-00000FFF-1")
		}, "the database of this command must be the one that the server reads"},
	} {
		answer = test.answer
		_, err := verifyGraph(t, database, other.URL)
		require.ErrorContains(t, err, test.want, name)
	}
	other.Close()
	_, err := verifyGraph(t, database, other.URL)
	require.ErrorContains(t, err, "--admin: the server does not answer")

	// A server of another database in the same cluster.
	operators := start(t, testdb.New(t), "--admin-listen", "127.0.0.1:0", "--graph", "memory").operators(t)
	_, err = awaitVerification(t, database, operators.address)
	require.ErrorContains(t, err, "the database of this command must be the one that the server reads")
}

// TestOneVerificationAtATime checks that a client that does not read keeps others out only until it leaves.
func TestOneVerificationAtATime(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	smallGraph(t, database)
	execSQL(t, database, `INSERT INTO user_follows (follower_id, following_id) SELECT repeat('x', 200) || n, 'ada' FROM generate_series(1, 50000) AS n`)
	operators := start(t, database, "--admin-listen", "127.0.0.1:0", "--graph", "memory").operators(t)
	_, err := awaitVerification(t, database, operators.address)
	require.NoError(t, err)

	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, operators.address+httpserver.GraphDumpPath, nil)
	require.NoError(t, err)
	var response *http.Response
	for done := false; !done; { // the server may not have noticed yet that the client before has left
		response, err = operators.client.Do(request)
		require.NoError(t, err)
		if done = response.StatusCode == http.StatusOK; !done {
			require.Equal(t, http.StatusTooManyRequests, response.StatusCode)
			require.NoError(t, response.Body.Close())
		}
	}
	_, err = verifyGraph(t, database, operators.address)
	require.ErrorContains(t, err, "429 Too Many Requests: another verification of the graph runs")
	require.Equal(t, "10", operators.get(t, httpserver.GraphDumpPath).header.Get("Retry-After"))
	require.NoError(t, response.Body.Close())
	require.Eventually(t, func() bool {
		_, err = verifyGraph(t, database, operators.address)
		return err == nil
	}, time.Minute, 20*time.Millisecond, "%v", err)
	slots := func() (n int) {
		conn, err := pgx.Connect(t.Context(), database)
		require.NoError(t, err)
		defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
		require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM pg_replication_slots WHERE database = current_database()`).Scan(&n))
		return n
	}
	require.Eventually(t, func() bool { return slots() == 1 }, time.Minute, 20*time.Millisecond, "only the server's own slot is left")
}
