package graphverify_test

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/graphdump"
	"followgraph/internal/graphverify"
	"followgraph/internal/timestamp"
)

func noProgress(string, int64) {}

// compare returns the differences between two graphs.
func compare(t testing.TB, memory, sql *graph) []string {
	t.Helper()
	lines := []string{}
	result, err := graphverify.Compare(t.Context(), memory.dump(t), sql, graphverify.Options{
		Most: 100, Report: func(line string) error { lines = append(lines, line); return nil }, Progress: noProgress,
	})
	require.NoError(t, err)
	require.EqualValues(t, len(lines), result.Differences)
	return lines
}

// differences has a change of a graph in memory for each kind of difference, with the lines that report it.
var differences = map[string]struct {
	change func(memory *graph)
	lines  []string
}{
	"nothing": {func(*graph) {}, []string{}},
	"a user less": {
		func(g *graph) { g.users = g.users[:2] },
		[]string{`user "cleo": only in SQL`},
	},
	"a user more": {
		func(g *graph) { g.users = append(g.users, graphdump.User{CognitoID: "dan"}) },
		[]string{`user "dan": only in memory`},
	},
	"another user": {
		func(g *graph) { g.users[1].CognitoID = "bob\U0001F600" },
		[]string{`user "bob": only in SQL`, "user \"bob\U0001F600\": only in memory"},
	},
	"a user twice": {
		func(g *graph) { g.users = slices.Insert(g.users, 1, g.users[0]) },
		[]string{`user "ada": out of order in memory, after user "ada"`, `user "ada": only in memory`},
	},
	"every field of a user": {
		func(g *graph) {
			u := &g.users[0]
			u.ID, u.Username, u.Firstname, u.Lastname, u.Avatar, u.Role, u.TokenVersion = 9, "Ada", nil, new(""), new(strings.Repeat("x", 300)), "OPT_USER", 4
			u.CreatedAt, u.ShownCreatedAt, u.ShownUpdatedAt, u.ShownCountsAt = timestamp.Infinity, 1, 2, nil
		},
		[]string{
			`user "ada": users.id is 9 in memory, 1 in SQL`,
			`user "ada": username is "Ada" in memory, "ada" in SQL`,
			`user "ada": firstname is null in memory, "F" in SQL`,
			`user "ada": lastname is "" in memory, null in SQL`,
			`user "ada": avatar is "` + strings.Repeat("x", 200) + `"… (300 bytes) in memory, null in SQL`,
			`user "ada": role is "OPT_USER" in memory, "END_USER" in SQL`,
			`user "ada": the token version is 4 in memory, 0 in SQL`,
			`user "ada": created_at is infinity in memory, 2000-01-01T00:00:00Z in SQL`,
			`user "ada": createdAt is 1970-01-01T00:00:00.000001Z in memory, 1970-01-01T00:00:00Z in SQL`,
			`user "ada": updatedAt is 1970-01-01T00:00:00.000002Z in memory, 1970-01-01T00:00:00Z in SQL`,
			`user "ada": stats.updatedAt is null in memory, 1970-01-01T00:00:00.000001Z in SQL`,
		},
	},
	"a time of counts": {
		func(g *graph) { g.counts[1].At = timestamp.NegativeInfinity },
		[]string{`time of the counts of "dead": -infinity in memory, 2000-01-01T00:00:00.000007Z in SQL`},
	},
	"rows of counts": {
		func(g *graph) { g.counts = []graphdump.CountsTime{{CognitoID: "dan"}, {CognitoID: "dead", At: 7}} },
		[]string{`time of the counts of "ada": only in SQL`, `time of the counts of "dan": only in memory`},
	},
	"a follow less": {
		func(g *graph) { g.followers[0] = owner("ada", 1, since("cleo", 20, 2)) },
		[]string{
			`followers of "ada": "bob" since 2000-01-01T00:00:00.00001Z (id 1): only in SQL`,
			`followers of "ada": the count is 1 in memory, and SQL has 2 rows`,
		},
	},
	"a follow more": {
		func(g *graph) {
			g.following[1] = owner("bob", 3, since("cleo", 11, 4), since("ada", 10, 1), since("dead", timestamp.NegativeInfinity, 9))
		},
		[]string{
			`following of "bob": "cleo" since 2000-01-01T00:00:00.000011Z (id 4): only in memory`,
			`following of "bob": "dead" since -infinity (id 9): only in memory`,
			`following of "bob": the count is 3 in memory, and SQL has 1 rows`,
		},
	},
	"another start": {
		func(g *graph) { g.followers[0].follows[0].At = timestamp.Infinity },
		[]string{
			`followers of "ada": "cleo" since infinity (id 2): only in memory`,
			`followers of "ada": "cleo" since 2000-01-01T00:00:00.00002Z (id 2): only in SQL`,
		},
	},
	"another id": {
		func(g *graph) { g.following[2].follows[0].ID = 5 },
		[]string{
			`following of "cleo": "ada" since 2000-01-01T00:00:00.00002Z (id 5): only in memory`,
			`following of "cleo": "ada" since 2000-01-01T00:00:00.00002Z (id 2): only in SQL`,
		},
	},
	"another follower": {
		func(g *graph) { g.followers[1].follows[0].other = "cleo" },
		[]string{`followers of "bob": "dead" since 2000-01-01T00:00:00.00003Z (id 3): it is "cleo" in memory`},
	},
	"a list out of order": {
		func(g *graph) { slices.Reverse(g.followers[0].follows) },
		[]string{
			`followers of "ada": "cleo" since 2000-01-01T00:00:00.00002Z (id 2): only in SQL`,
			`followers of "ada": "cleo" since 2000-01-01T00:00:00.00002Z (id 2): out of order in memory`,
			`followers of "ada": "cleo" since 2000-01-01T00:00:00.00002Z (id 2): only in memory`,
		},
	},
	"a follow that relations do not find": {
		func(g *graph) { g.followers[0].follows[1].Found = false },
		[]string{`followers of "ada": "bob" since 2000-01-01T00:00:00.00001Z (id 1): in the list in memory, but its lookup by both users finds no such follow`},
	},
	"a length": {
		func(g *graph) { g.following[0].Length = 1 },
		[]string{`following of "ada": the list has the length 1 in memory, and 0 entries`},
	},
	"a count": {
		func(g *graph) { g.following[0].Count = 2 },
		[]string{`following of "ada": the count is 2 in memory, and SQL has 0 rows`},
	},
	"a list less": {
		func(g *graph) { g.following = g.following[:3] },
		[]string{`following of "dead": "bob" since 2000-01-01T00:00:00.00003Z (id 3): only in SQL`},
	},
	"lists more": {
		func(g *graph) {
			g.following = append(slices.Insert(g.following, 1, owner("ben", -1, since("x", 1, 8))), owner("dora", 0), owner("eve", -1, since("y", 1, 7)))
		},
		[]string{
			`following of "ben": "x" since 2000-01-01T00:00:00.000001Z (id 8): only in memory`,
			`following of "eve": "y" since 2000-01-01T00:00:00.000001Z (id 7): only in memory`,
		},
	},
	"the order of creation": {
		func(g *graph) { g.places[0][0].At = 7; slices.Reverse(g.places[0][:2]) },
		[]string{
			`order of creation: "bob" at 2000-01-01T00:00:00.000005Z (users.id 2): only in SQL`,
			`order of creation: "cleo" at 2000-01-01T00:00:00.000006Z (users.id 3): only in SQL`,
			`order of creation: "cleo" at 2000-01-01T00:00:00.000006Z (users.id 3): out of order in memory, after order of creation: "bob" at 2000-01-01T00:00:00.000007Z (users.id 2)`,
			`order of creation: "bob" at 2000-01-01T00:00:00.000007Z (users.id 2): only in memory`,
			`order of creation: "cleo" at 2000-01-01T00:00:00.000006Z (users.id 3): only in memory`,
		},
	},
	"the order of usernames": {
		func(g *graph) { g.places[1] = g.places[1][:2] },
		[]string{`order of usernames: "cleo" at "cleo" (users.id 3): only in SQL`},
	},
	"a search by full name": {
		func(g *graph) { g.places[2][2].Text = "é " },
		[]string{`search by full name: "cleo" at "f " (users.id 3): only in SQL`, `search by full name: "cleo" at "é " (users.id 3): only in memory`},
	},
	"another account at a place": {
		func(g *graph) { g.places[2][2].CognitoID = "" },
		[]string{`search by full name: "cleo" at "f " (users.id 3): it is "" in memory`},
	},
	"a search by word": {
		func(g *graph) { g.places[3] = []graphdump.Place{{Text: "l", ID: 1, CognitoID: "ada"}} },
		[]string{`search by word: "ada" at "l" (users.id 1): only in memory`},
	},
	"the totals": {
		func(g *graph) { g.totals = graphdump.Totals{Accounts: 2, Follows: 4} },
		[]string{"number of accounts: 2 in memory, 3 in SQL", "number of follows: 4 in memory, 3 in SQL"},
	},
}

func TestEachDifferenceIsFound(t *testing.T) {
	t.Parallel()
	for name, test := range differences {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			memory := small()
			test.change(memory)
			require.ElementsMatch(t, test.lines, compare(t, memory, small()))
		})
	}
}

// TestEveryFieldIsCompared fails for a new field of an account that the test of each difference does not change.
func TestEveryFieldIsCompared(t *testing.T) {
	t.Parallel()
	key := 1 // the Cognito id
	require.Len(t, differences["every field of a user"].lines, reflect.TypeFor[graphdump.User]().NumField()-key)
}

func TestEmptyGraphs(t *testing.T) {
	t.Parallel()
	require.Empty(t, compare(t, &graph{}, &graph{}))
	require.Len(t, compare(t, &graph{}, small()), 3+2+3+3+9+2, "each row is a difference")
	require.Len(t, compare(t, small(), &graph{}), 3+2+3+3+2+2+9+2, "each record, and each count")
}

func TestOnlySoManyDifferencesAreReported(t *testing.T) {
	t.Parallel()
	var lines []string
	opts := graphverify.Options{Most: 2, Report: func(line string) error { lines = append(lines, line); return nil }, Progress: noProgress}
	result, err := graphverify.Compare(t.Context(), new(graph).dump(t), small(), opts)
	require.NoError(t, err)
	require.Len(t, lines, 2)
	require.Equal(t, graphverify.Result{Users: 3, Follows: 3, Counts: 2, Differences: 22}, result)

	failure := errors.New("the output is closed")
	opts.Report = func(string) error { return failure }
	for _, test := range differences {
		memory := small()
		test.change(memory)
		if _, err := graphverify.Compare(t.Context(), memory.dump(t), small(), opts); len(test.lines) > 0 {
			require.ErrorIs(t, err, failure)
		}
	}
}

func TestUnusableDumps(t *testing.T) {
	t.Parallel()
	opts := graphverify.Options{Most: 100, Report: func(string) error { return nil }, Progress: noProgress}
	whole := small().dump(t).Bytes()
	for at := range len(whole) {
		_, err := graphverify.Compare(t.Context(), bytes.NewReader(whole[:at]), small(), opts)
		require.ErrorContains(t, err, "ends before its end", at)
	}
	unsorted := small()
	slices.Reverse(unsorted.followers)
	_, err := graphverify.Compare(t.Context(), unsorted.dump(t), small(), opts)
	require.ErrorContains(t, err, `not sorted: followers of "bob" comes after "cleo"`)
	_, err = graphverify.Compare(t.Context(), strings.NewReader("<html>this is another server</html>"), small(), opts)
	require.ErrorContains(t, err, "not a dump")
}

func TestProgress(t *testing.T) {
	t.Parallel()
	const rows = 250_000
	g := new(graph)
	for id := range int64(rows) {
		g.places[1] = append(g.places[1], graphdump.Place{Text: "same", ID: id})
	}
	var calls []any
	opts := graphverify.Options{Progress: func(phase string, rows int64) { calls = append(calls, phase, rows) }}
	result, err := graphverify.Compare(t.Context(), g.dump(t), g, opts)
	require.NoError(t, err)
	require.Zero(t, result.Differences)
	require.Equal(t, []any{"order of usernames", int64(100_000), "order of usernames", int64(200_000)}, calls)
}
