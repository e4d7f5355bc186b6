package app_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/testdb"
)

// executorFlags select each executor.
var executorFlags = []string{"--executor=compiled", "--executor=gqlgen"}

// hundredTimesAda selects one user a hundred times.
func hundredTimesAda(selection string) string {
	return `{ nodes(ids: [` + repeat(100, `"VXNlcjphZGE" `) + `]) { ... on User { ` + selection + ` } } }`
}

// problem is an error of an answer.
type problem struct {
	Message    string
	Extensions map[string]any
}

func errorsOf(t *testing.T, a answer) []problem {
	t.Helper()
	var decoded struct{ Errors []problem }
	require.NoError(t, json.Unmarshal(a.body, &decoded), "%s", a.body)
	return decoded.Errors
}

func TestResponseLimit(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	smallGraph(t, database)
	for i, executor := range executorFlags {
		username, phone := fmt.Sprint("echo", i), fmt.Sprint("+4144668180", i)
		t.Run(executor, func(t *testing.T) {
			t.Parallel()
			flags := append(signInFlags(t), executor, "--max-response-bytes=65536")
			s := start(t, database, flags...)
			within := s.post(t, hundredTimesAda(each(20, "a#: cognitoId ")), nil)
			require.Equal(t, http.StatusOK, within.status)
			require.Empty(t, errorsOf(t, within))
			require.Greater(t, len(within.body), 20_000)

			for name, got := range map[string]answer{
				"a list":            s.post(t, hundredTimesAda(each(200, "a#: cognitoId ")), nil),
				"levels":            s.post(t, hundredTimesAda(each(15, "a#: followers(first: 2) { nodes { cognitoId username } pageInfo { endCursor } } ")), nil),
				"an object":         s.post(t, `{ __schema { `+each(5, "a#: types { name description fields { name description } } ")+`} }`, nil),
				"a mutation's echo": s.post(t, `mutation ($a: String) { register(input: { clientMutationId: $a, username: "`+username+`", phoneNumber: "`+phone+`", password: "secret-password" }) { `+each(200, "a#: clientMutationId ")+`} }`, map[string]any{"a": repeat(1_000, "\x01")}),
			} {
				require.Equal(t, http.StatusOK, got.status, name)
				require.Contains(t, string(got.body), `"data":null`, name)
				errs := errorsOf(t, got)
				require.Len(t, errs, 1, name)
				require.Equal(t, "the response is larger than the limit of 65536 bytes: request smaller pages or fewer fields", errs[0].Message)
				require.Equal(t, map[string]any{"code": "QUERY_TOO_COMPLEX", "limit": 65536.0}, errs[0].Extensions)
			}
		})
	}
}

func TestErrorsAreCapped(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	smallGraph(t, database)
	for _, executor := range executorFlags {
		t.Run(executor, func(t *testing.T) {
			t.Parallel()
			s := start(t, database, executor)
			wrong := `nodes(ids: ["` + strings.Repeat(`x", "`, 99) + `x"]) { id }`
			got := s.post(t, "{ a: "+wrong+" b: "+wrong+" }", nil)
			require.Equal(t, http.StatusOK, got.status)
			errs := errorsOf(t, got)
			require.Len(t, errs, 101)
			require.Equal(t, "100 more errors are not shown", errs[100].Message)
			require.Equal(t, "BAD_USER_INPUT", errs[100].Extensions["code"])

			got = s.post(t, "{ viewer { "+each(3_000, "unknown# ")+"} }", nil)
			errs = errorsOf(t, got)
			require.Len(t, errs, 101)
			require.Contains(t, errs[100].Message, "there are more errors")

			got = s.post(t, `{ user(id: 1, username: "`+repeat(100_000, "é")+`") { id } users(first: "`+repeat(100_000, "é")+`") { nodes { id } } }`, nil)
			require.Less(t, len(got.body), 5_000)
			require.True(t, strings.Contains(string(got.body), "é…"), "cut between two characters: %s", got.body)
		})
	}
}

func TestIntrospectionSwitch(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	smallGraph(t, database)
	const asked = `{ __type(name: "User") { name } ...f } fragment f on Query { __schema { queryType { name } } }`
	const wrong = `{ user(username: "ada") { usernam } }`
	open := start(t, database)
	require.Empty(t, errorsOf(t, open.post(t, asked, nil)))
	require.Contains(t, string(open.post(t, wrong, nil).body), `Did you mean`)

	flags := append(signInFlags(t), "--introspection=false")
	for _, executor := range executorFlags {
		closed := start(t, database, append(flags, executor)...)
		for _, query := range []string{asked, `{ __schema { queryType { name } } }`, `{ ... { t: __type(name: "User") { name } } }`} {
			errs := errorsOf(t, closed.post(t, query, nil))
			require.Len(t, errs, 1)
			require.Equal(t, "introspection is disabled on this server", errs[0].Message)
			require.Equal(t, "FORBIDDEN", errs[0].Extensions["code"])
		}
		require.Empty(t, errorsOf(t, closed.post(t, `{ __typename user(cognitoId: "ada") { __typename } }`, nil)))
		for _, query := range []string{
			wrong, `{ user(usernam: "ada") { id } }`, `{ users(orderBy: {fiel: USERNAME}) { nodes { id } } }`, `{ users(orderBy: {field: USERNAM, direction: ASC}) { nodes { id } } }`,
			`{ viewer }`, `{ viewer { ...f } } fragment f on Usr { id }`,
		} {
			body := string(closed.post(t, query, nil).body)
			require.Contains(t, body, "GRAPHQL_VALIDATION_FAILED")
			require.NotContains(t, body, "Did you mean")
		}
	}
}

// TestAbandonedQuery makes statements wait for locks and disconnects the client. Within a second, the operation has
// ended completely. The test is not parallel, because it counts the goroutines of the process.
func TestAbandonedQuery(t *testing.T) {
	for _, executor := range executorFlags {
		t.Run(executor, func(t *testing.T) {
			database := testdb.New(t)
			smallGraph(t, database)
			s := start(t, database, executor, "--graph=sql") // memory waits for no lock
			require.Equal(t, http.StatusOK, s.post(t, "{ viewer { id } }", nil).status)
			s.client.CloseIdleConnections()
			connect := func() *pgx.Conn {
				conn, err := pgx.Connect(t.Context(), database)
				require.NoError(t, err)
				t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
				return conn
			}
			locker, watcher := connect(), connect() // a transaction caches its first list of running statements
			_, err := locker.Exec(t.Context(), "BEGIN; LOCK TABLE users, user_follows IN ACCESS EXCLUSIVE MODE")
			require.NoError(t, err)
			waiting := func() (n int) {
				require.NoError(t, watcher.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity
					WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&n))
				return n
			}
			before := runtime.NumGoroutine()

			body := operation("{ "+each(13, "a#: users(first: 5) { nodes { followers(first: 20) { nodes { following(first: 20) { nodes { id } } } } } } ")+"}", nil).body
			ctx, leave := context.WithCancel(t.Context())
			request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.address+"/graphql", strings.NewReader(body))
			require.NoError(t, err)
			request.Header.Set("Content-Type", "application/json")
			left := make(chan error, 1)
			go func() {
				response, err := s.client.Do(request)
				if err == nil {
					var text []byte
					text, err = io.ReadAll(response.Body)
					err = errors.Join(err, response.Body.Close(), fmt.Errorf("%d %.300s", response.StatusCode, text))
				}
				left <- err
			}()
			require.Eventually(t, func() bool { return waiting() > 0 || len(left) > 0 }, 20*time.Second, 5*time.Millisecond)
			if len(left) > 0 {
				t.Fatal(<-left)
			}
			leave()
			require.ErrorIs(t, <-left, context.Canceled)
			require.Eventually(t, func() bool { return waiting() == 0 && runtime.NumGoroutine() <= before+1 }, 8*time.Second, 5*time.Millisecond,
				"%d goroutines before, without the one that looks; the deadline of the operation is 10 s", before)
		})
	}
}

// TestTrickledRequests sends requests slowly and never completes them. The server closes the connection.
func TestTrickledRequests(t *testing.T) {
	t.Parallel()
	s := start(t, testdb.New(t), "--header-timeout=200ms", "--read-timeout=500ms")
	const head = "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n"
	for name, test := range map[string]struct {
		at   string // sent at once
		each string // sent repeatedly
	}{
		"header": {"POST /graphql HTTP/1.1\r\nHost: localhost\r\n", "X: y\r\n"},
		"line":   {"POST /", "g"},
		"body":   {head + "\r\n", "{"},
		"chunks": {strings.Replace(head, "Content-Length: 100000", "Transfer-Encoding: chunked", 1) + "\r\n", "1\r\n{\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var dialer net.Dialer
			conn, err := dialer.DialContext(t.Context(), "tcp", strings.TrimPrefix(s.address, "http://"))
			require.NoError(t, err)
			defer func() { _ = conn.Close() }()
			_, err = fmt.Fprint(conn, test.at)
			require.NoError(t, err)
			done := make(chan string, 1)
			go func() {
				text, _ := io.ReadAll(bufio.NewReader(conn)) // the server resets a connection with unread data
				done <- string(text)
			}()
			tick := time.NewTicker(10 * time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case text := <-done:
					if text != "" {
						require.Regexp(t, `^HTTP/1.1 4\d\d `, text)
					}
					return
				case <-tick.C:
					_, _ = fmt.Fprint(conn, test.each) // the read above detects the end
				case <-time.After(20 * time.Second):
					t.Error("the connection is still open")
					return
				}
			}
		})
	}
}
