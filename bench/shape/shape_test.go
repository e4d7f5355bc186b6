package shape

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/bench/baseline"
	"followgraph/bench/load"
	"followgraph/internal/globalid"
	"followgraph/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// crowd creates 400 users. 300 of them follow u1. The others have 0 to 29 followers each, so that there are empty,
// short and full pages. Some have no name. Users who neither follow nor are followed have no row of counts.
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

// makeCrowd creates a database with the crowd, and returns its address and a connection to it.
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

// serve runs a baseline and returns its address.
func serve(t *testing.T, url string, kind baseline.Kind) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	read, write := io.Pipe()
	serveErr := make(chan error, 1)
	go func() {
		err := baseline.Serve(ctx, baseline.Options{
			Kind: kind, DatabaseURL: url, Connections: 2, ServerTiming: true, Operations: Operations(),
		}, write)
		serveErr <- errors.Join(err, write.CloseWithError(err))
	}()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-serveErr)
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
	source := &Source{
		Conn: conn, Random: rand.New(rand.NewPCG(1, 1)), Count: count,
		Token: func(cognitoID string) (string, error) { return "of " + cognitoID, nil },
	}
	requests, err := s.Requests(t.Context(), source)
	require.NoError(t, err)
	require.Len(t, requests, count)
	return requests
}

// requireExactCounts compares all counts with the rows.
func requireExactCounts(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	var drifts int
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM user_follow_stats s
		FULL JOIN (SELECT following_id AS user_id, count(*) FROM user_follows GROUP BY 1) a USING (user_id)
		FULL JOIN (SELECT follower_id AS user_id, count(*) FROM user_follows GROUP BY 1) b USING (user_id)
		WHERE (s.followers_count, s.followings_count) IS DISTINCT FROM (coalesce(a.count, 0), coalesce(b.count, 0))`).Scan(&drifts))
	require.Zero(t, drifts)
}

// TestBaselinesAgree sends the requests of every shape to both baselines. Each has its own database, because they
// write. Their answers must be equal and have the expected number of nodes.
func TestBaselinesAgree(t *testing.T) {
	t.Parallel()
	url, conn := makeCrowd(t)
	otherURL, other := makeCrowd(t)
	oneSQL, levels := serve(t, url, baseline.OneSQL), serve(t, otherURL, baseline.Levels)
	for _, s := range All {
		requests := requestsOf(t, conn, s, 100)
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
		requireExactCounts(t, conn)
		requireExactCounts(t, other)
	}
}

// TestWritesUnderLoad sends writes of many clients concurrently. Every answer must be as expected in any order, and the
// counts must stay exact.
func TestWritesUnderLoad(t *testing.T) {
	t.Parallel()
	for _, kind := range []baseline.Kind{baseline.OneSQL, baseline.Levels} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			url, conn := makeCrowd(t)
			address := serve(t, url, kind)
			for _, s := range All {
				if !s.Writes {
					continue
				}
				result, err := load.Run(t.Context(), load.Options{
					Address: address, Connections: 8, Duration: 200 * time.Millisecond, Once: true,
					Requests: requestsOf(t, conn, s, 20_000),
				})
				require.NoError(t, err, s.Name)
				require.NoError(t, result.Failure, s.Name)
				require.Positive(t, result.Requests, s.Name)
				requireExactCounts(t, conn)
			}
		})
	}
}

// TestUnknownUsers requests users that do not exist.
func TestUnknownUsers(t *testing.T) {
	t.Parallel()
	url, conn := makeCrowd(t)
	cursor := requestedCursor(t, requestsOf(t, conn, depth, 1)[0])
	servers := []string{serve(t, url, baseline.OneSQL), serve(t, url, baseline.Levels)}
	for _, operation := range Operations() {
		v := baseline.Variables{ID: "unknown", Cursor: cursor, IDs: []string{globalid.User("u1"), globalid.User("unknown")}}
		field, mutation := mutations[operation.Name]
		if mutation {
			v.ID = globalid.User("u1") // without a caller
		}
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
		switch {
		case operation.Name == "Q2":
			require.Regexp(t, `null\s*\]`, answers[0])
			require.Contains(t, answers[0], "name1")
		case mutation:
			require.JSONEq(t, `{"data":{"`+field+`":null}}`, answers[0], operation.Name)
		default:
			require.JSONEq(t, `{"data":{"user":null}}`, answers[0], operation.Name)
		}
	}
}

// mutations are the fields of the operations that write.
var mutations = map[string]string{
	"Q5": "followUser", "Q6": "followUser", "AddLink": "followUser", "DeleteLink": "unfollowUser", "UpdateNode": "updateProfile",
}

// TestRepeatedChanges follows twice and unfollows twice. Only the first request of each changes something.
func TestRepeatedChanges(t *testing.T) {
	t.Parallel()
	for _, kind := range []baseline.Kind{baseline.OneSQL, baseline.Levels} {
		url, conn := makeCrowd(t)
		address := serve(t, url, kind)
		for _, step := range []struct{ operation, want string }{
			{"AddLink", `{"data":{"followUser":{"changed":true}}}`},
			{"AddLink", `{"data":{"followUser":{"changed":false}}}`},
			{"DeleteLink", `{"data":{"unfollowUser":{"changed":true}}}`},
			{"DeleteLink", `{"data":{"unfollowUser":{"changed":false}}}`},
		} {
			// Neither user has followed or been followed, so their counts are created.
			r, err := request("", step.operation, baseline.Variables{ID: globalid.User("u400"), Viewer: "u399"}, 0)
			require.NoError(t, err)
			require.NoError(t, load.Probe(t.Context(), address, []load.Request{r}, func(_ int, a load.Answer) error {
				require.JSONEq(t, step.want, string(a.Body), "%s %s", kind, step.operation)
				return nil
			}))
			requireExactCounts(t, conn)
		}
	}
}

func requestedCursor(t *testing.T, r load.Request) string {
	t.Helper()
	var body struct{ Variables baseline.Variables }
	require.NoError(t, json.Unmarshal(r.Body, &body))
	return body.Variables.Cursor
}

// TestPlans fails if a statement of the baselines could scan a whole table or list. They are a valid reference only
// with their intended plans. The benchmark vacuums before it measures, and so does this test.
func TestPlans(t *testing.T) {
	t.Parallel()
	_, conn := makeCrowd(t)
	statements := map[string]string{
		"people": peopleSQL, "followers of": followersOfSQL, "profile": profileSQL, "depth": depthPageSQL,
		"list": listSQL, "node": nodeSQL, "count": countSQL, "update": updateSQL, "ends": endsSQL,
	}
	for _, c := range []change{following, unfollowing} {
		statements[c.field], statements[c.field+"'s counts"] = c.levels, c.counts("true")
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
		statement, err := conn.Prepare(t.Context(), "checked", sql)
		require.NoError(t, err, name)
		parameters := strings.TrimSuffix(strings.Repeat("NULL,", len(statement.ParamOIDs)), ",")
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
	shapes, err := Find([]string{"Q3", "Q1"})
	require.NoError(t, err)
	require.Equal(t, "Q3", shapes[0].Name)
	require.Equal(t, "Q1", shapes[1].Name)
	_, err = Find([]string{"Q9"})
	require.ErrorContains(t, err, `"Q9"`)
}

// TestMixKeepsProportions also checks that few users get most of the requests.
func TestMixKeepsProportions(t *testing.T) {
	t.Parallel()
	_, conn := makeCrowd(t)
	const count = 9_600
	operations, reads, lowest := map[string]int{}, 0, 0
	for _, r := range requestsOf(t, conn, mix, count) {
		var body struct {
			Query, OperationName string
			Variables            baseline.Variables
		}
		require.NoError(t, json.Unmarshal(r.Body, &body))
		operations[body.OperationName]++
		_, mutation := mutations[body.OperationName]
		require.Equal(t, mutation, strings.HasPrefix(body.Query, "mutation "+body.OperationName))
		require.Equal(t, mutation, r.Token != "", "only writes have a token")
		if !mutation {
			reads++
			if len(body.Variables.ID) == 2 { // u1 to u9 of u1 to u400
				lowest++
			}
		}
	}
	for operation, want := range map[string]int{
		"LinkList": 5_100, "Node": 1_300, "AddLink": 900, "UpdateNode": 1_500, "Count": 500, "DeleteLink": 300,
	} {
		require.InEpsilon(t, want, operations[operation], 0.2, operation)
	}
	require.InDelta(t, 0.47, float64(lowest)/float64(reads), 0.05) // (9/400)^0.2
}

// TestCelebrity checks that all users follow the account with the most followers before the next account is used.
func TestCelebrity(t *testing.T) {
	t.Parallel()
	_, conn := makeCrowd(t)
	follows, followers := map[string]int{}, map[string]bool{}
	for i, r := range requestsOf(t, conn, celebrity, 150) {
		var body struct{ Variables baseline.Variables }
		require.NoError(t, json.Unmarshal(r.Body, &body))
		follows[body.Variables.ID]++
		if i < 99 { // of 400, 300 follow it already, and one is the account itself
			followers[body.Variables.Viewer] = true
		}
		require.Equal(t, "of "+body.Variables.Viewer, r.Token)
	}
	require.Len(t, follows, 2)
	require.Equal(t, 99, follows[globalid.User("u1")])
	require.Len(t, followers, 99)
}

// TestPairsHaveDifferentCallers checks that no caller appears twice while there are enough users.
func TestPairsHaveDifferentCallers(t *testing.T) {
	t.Parallel()
	_, conn := makeCrowd(t)
	callers := map[string]bool{}
	for _, r := range requestsOf(t, conn, pairs, 300) {
		require.False(t, callers[r.Token], r.Token)
		callers[r.Token] = true
	}
}
