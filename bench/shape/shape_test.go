package shape

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/bench/baseline"
	"followgraph/bench/load"
	"followgraph/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// crowd makes 400 users. u1 is followed by 300 of them; the others have 0 to 29 followers each, so that there are empty,
// short and full pages. Some have no name, and who neither follows nor is followed has no row of counts.
const crowd = `
INSERT INTO users (cognito_id, username, firstname, lastname, phone_number, password_hash)
	SELECT 'u' || n, 'name' || n, nullif('Una "' || n % 7 || '" <ü>', 'Una "0" <ü>'), 'Ulm', '+999' || n, '!' FROM generate_series(1, 400) n;
INSERT INTO user_follows (follower_id, following_id, created_at)
	SELECT 'u' || a, 'u' || b, timestamptz '2025-01-01' + (a * 7919 + b) % 1000 * interval '1 second' FROM (
		SELECT a, 1 AS b FROM generate_series(2, 301) a
		UNION SELECT (b * 31 + c * 7) % 390 + 1, b FROM generate_series(2, 390) b, generate_series(1, 29) c WHERE c <= b % 30
	) pairs WHERE a <> b;
INSERT INTO user_follow_stats (user_id, followers_count, followings_count)
	SELECT id, sum(followers), sum(followings) FROM (
		SELECT following_id AS id, 1 AS followers, 0 AS followings FROM user_follows
		UNION ALL SELECT follower_id, 0, 1 FROM user_follows
	) sides GROUP BY id;`

// makeCrowd gives the address of a database with the crowd, and a connection to it.
func makeCrowd(t *testing.T) (string, *pgx.Conn) {
	t.Helper()
	url := testdb.New(t)
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(context.WithoutCancel(t.Context()))) })
	_, err = conn.Exec(t.Context(), crowd)
	require.NoError(t, err)
	return url, conn
}

// serve runs a baseline and gives its address.
func serve(t *testing.T, url string, kind baseline.Kind) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	read, write := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := baseline.Serve(ctx, baseline.Options{
			Kind: kind, DatabaseURL: url, Connections: 2, ServerTiming: true, Operations: Operations(),
		}, write)
		ended <- errors.Join(err, write.CloseWithError(err))
	}()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
	})
	line := make([]byte, 200)
	n, err := read.Read(line)
	require.NoError(t, err)
	match := regexp.MustCompile(`http://(\S+)/graphql`).FindSubmatch(line[:n])
	require.NotNil(t, match, "%s", line[:n])
	return string(match[1])
}

func requestsOf(t *testing.T, conn *pgx.Conn, s Shape, count int) []load.Request {
	t.Helper()
	requests, err := s.Requests(t.Context(), &Source{Conn: conn, Random: rand.New(rand.NewPCG(1, 1)), Count: count})
	require.NoError(t, err)
	require.Len(t, requests, count)
	return requests
}

// TestBaselinesAgree sends every shape's requests to both baselines: their answers are the same and have as many nodes
// as the shape counted.
func TestBaselinesAgree(t *testing.T) {
	t.Parallel()
	url, conn := makeCrowd(t)
	oneSQL, levels := serve(t, url, baseline.OneSQL), serve(t, url, baseline.Levels)
	for _, s := range All {
		requests := requestsOf(t, conn, s, 60)
		var expected []string
		require.NoError(t, load.Probe(t.Context(), oneSQL, requests, func(i int, a load.Answer) error {
			require.NoError(t, requests[i].Check(a.Status, a.Body), s.Name)
			require.Contains(t, a.ServerTiming, `"1 statements"`)
			expected = append(expected, string(a.Body))
			return nil
		}))
		require.NoError(t, load.Probe(t.Context(), levels, requests, func(i int, a load.Answer) error {
			require.NoError(t, requests[i].Check(a.Status, a.Body), s.Name)
			require.JSONEq(t, expected[i], string(a.Body), s.Name)
			return nil
		}))
	}
}

// TestUnknownUsers asks for what is not there.
func TestUnknownUsers(t *testing.T) {
	t.Parallel()
	url, conn := makeCrowd(t)
	cursor := requestedCursor(t, requestsOf(t, conn, depth, 1)[0])
	servers := []string{serve(t, url, baseline.OneSQL), serve(t, url, baseline.Levels)}
	for _, operation := range Operations() {
		v := baseline.Variables{ID: "nobody", Cursor: cursor, IDs: []string{"VXNlcjp1MQ", "VXNlcjpub2JvZHk"}} // u1, nobody
		r, err := request("", operation.Name, v, 0)
		require.NoError(t, err)
		var answers []string
		for _, address := range servers {
			require.NoError(t, load.Probe(t.Context(), address, []load.Request{r}, func(_ int, a load.Answer) error {
				require.Equal(t, 200, a.Status)
				answers = append(answers, string(a.Body))
				return nil
			}))
		}
		require.JSONEq(t, answers[0], answers[1], operation.Name)
		if operation.Name == "Q2" {
			require.Regexp(t, `null\s*\]`, answers[0])
			require.Contains(t, answers[0], "name1")
		} else {
			require.JSONEq(t, `{"data":{"user":null}}`, answers[0], operation.Name)
		}
	}
}

func requestedCursor(t *testing.T, r load.Request) string {
	t.Helper()
	var body struct{ Variables baseline.Variables }
	require.NoError(t, json.Unmarshal(r.Body, &body))
	return body.Variables.Cursor
}

// TestPlans fails when a statement of the baselines could read a table or a list whole: they are a yardstick only with
// the plans that they were written for. The benchmark vacuums before it measures, so this does.
func TestPlans(t *testing.T) {
	t.Parallel()
	_, conn := makeCrowd(t)
	statements := map[string]string{
		"people": peopleSQL, "followers of": followersOfSQL, "profile": profileSQL, "depth": depthPageSQL,
		"list": listSQL, "node": nodeSQL, "count": countSQL,
	}
	for _, operation := range Operations() {
		statements["one "+operation.Name] = operation.SQL
	}
	_, err := conn.Exec(t.Context(), "VACUUM (ANALYZE) users, user_follows, user_follow_stats")
	require.NoError(t, err)
	for name, value := range baseline.Settings {
		_, err := conn.Exec(t.Context(), "SELECT set_config($1, $2, false)", name, value)
		require.NoError(t, err)
	}
	for name, sql := range statements {
		prepared, err := conn.Prepare(t.Context(), "checked", sql)
		require.NoError(t, err, name)
		parameters := strings.TrimSuffix(strings.Repeat("NULL,", len(prepared.ParamOIDs)), ",")
		rows, _ := conn.Query(t.Context(), "EXPLAIN EXECUTE checked ("+parameters+")", pgx.QueryExecModeSimpleProtocol)
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err, name)
		plan := strings.Join(lines, "\n")
		require.NotRegexp(t, `Seq Scan|Bitmap|Hash|Merge|Sort|Materialize|Parallel`, plan, name)
		require.Contains(t, plan, "Index", name)
		require.NoError(t, conn.Deallocate(t.Context(), "checked"))
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	found, err := Find([]string{"Q3", "Q1"})
	require.NoError(t, err)
	require.Equal(t, "Q3", found[0].Name)
	require.Equal(t, "Q1", found[1].Name)
	_, err = Find([]string{"Q9"})
	require.ErrorContains(t, err, `"Q9"`)
}

// TestMixKeepsProportions also holds that few users get most of the requests.
func TestMixKeepsProportions(t *testing.T) {
	t.Parallel()
	_, conn := makeCrowd(t)
	const count = 6_900
	operations, lowest := map[string]int{}, 0
	for _, r := range requestsOf(t, conn, mix, count) {
		var body struct {
			OperationName string
			Variables     baseline.Variables
		}
		require.NoError(t, json.Unmarshal(r.Body, &body))
		operations[body.OperationName]++
		if len(body.Variables.ID) == 2 { // u1 to u9 of u1 to u400
			lowest++
		}
		require.False(t, bytes.Contains(r.Body, []byte("mutation")))
	}
	require.InDelta(t, 5_100, operations["LinkList"], 200)
	require.InDelta(t, 1_300, operations["Node"], 200)
	require.InDelta(t, 500, operations["Count"], 100)
	require.InDelta(t, 0.47, float64(lowest)/count, 0.05) // (9/400)^0.2
}
