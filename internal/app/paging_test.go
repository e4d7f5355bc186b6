package app_test

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/testdb"
)

const (
	pageSize     = 7  // divides few lengths of lists, so that most last pages are short
	walksAtOnce  = 50 // lists per request
	fileOfTrust  = "bitcoinotc_edges.csv.gz"
	wholeFileHas = 35592 // follows
)

// entry is a follow from the perspective of one of its users.
type entry struct {
	Other string
	At    int64 // microseconds since 1970
}

// lists has the followers, or the followed users, of every user, newest first.
type lists map[string][]entry

// readTrust parses the file independently of the importer. No user in it has two follows with the same time, so the
// times determine the order.
func readTrust(t *testing.T, path string) (followers, following lists) {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err, "the real graphs are expected in ../shared/data, seen from the project's root")
	defer func() { _ = file.Close() }()
	unpacked, err := gzip.NewReader(file)
	require.NoError(t, err)
	records, err := csv.NewReader(unpacked).ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{"follower_id", "following_id", "rating", "epoch_seconds"}, records[0])
	require.Len(t, records[1:], wholeFileHas)

	followers, following = lists{}, lists{}
	for _, record := range records[1:] {
		seconds, err := strconv.ParseFloat(record[3], 64)
		require.NoError(t, err)
		at := int64(math.Round(seconds * 1e6)) // the file has 15 digits, which a float64 represents
		followers[record[1]] = append(followers[record[1]], entry{record[0], at})
		following[record[0]] = append(following[record[0]], entry{record[1], at})
	}
	for _, side := range []lists{followers, following} {
		for user, list := range side {
			slices.SortFunc(list, func(a, b entry) int { return int(b.At - a.At) })
			for i := range list[1:] {
				require.Greater(t, list[i].At, list[i+1].At, "user %s", user)
			}
		}
	}
	return followers, following
}

// TestPagingThroughEveryList pages through all lists of all users in both directions, and compares them with the file.
func TestPagingThroughEveryList(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "..", "shared", "data", fileOfTrust)
	followers, following := readTrust(t, path)
	database := testdb.New(t)
	importEdges(t, database, path)
	s := start(t, database)

	everybody := maps.Clone(followers)
	maps.Copy(everybody, following)
	users := slices.Sorted(maps.Keys(everybody))
	for _, test := range []pager{
		{list: "followers", want: followers},
		{list: "followers", want: followers, backward: true},
		{list: "following", want: following},
		{list: "following", want: following, backward: true},
	} {
		t.Run(fmt.Sprintf("%s backward=%t", test.list, test.backward), func(t *testing.T) {
			t.Parallel()
			test.run(t, s, users, followers, following)
		})
	}
}

// pager pages through one list of every user, in one direction.
type pager struct {
	list     string
	backward bool
	want     lists
}

// walk is the position of a pager in one user's list.
type walk struct {
	user   string
	cursor *string
	got    []entry // in the list's order
}

type listPage struct {
	TotalCount int
	Edges      []struct {
		Cursor     string
		FollowedAt time.Time
		Node       struct{ CognitoID string }
	}
	PageInfo struct {
		HasNextPage, HasPreviousPage bool
		StartCursor, EndCursor       *string
	}
}

type pagedUser struct {
	Stats struct{ FollowersCount, FollowingsCount int }
	List  listPage
}

// run pages through all lists. When a list is complete, the next user's list takes its place in the requests.
func (p pager) run(t *testing.T, s *server, users []string, followers, following lists) {
	var active []*walk
	for len(users) > 0 || len(active) > 0 {
		for len(active) < walksAtOnce && len(users) > 0 {
			active = append(active, &walk{user: users[0]})
			users = users[1:]
		}
		pages := p.request(t, s, active)
		var unfinished []*walk
		for i, w := range active {
			user := pages[fmt.Sprintf("u%d", i)]
			require.NotNil(t, user, "user %s", w.user)
			require.Equal(t, len(followers[w.user]), user.Stats.FollowersCount, "user %s", w.user)
			require.Equal(t, len(following[w.user]), user.Stats.FollowingsCount, "user %s", w.user)
			if p.take(t, w, user.List) {
				unfinished = append(unfinished, w)
				continue
			}
			require.Equal(t, p.want[w.user], w.got, "user %s", w.user)
		}
		active = unfinished
	}
}

// request requests the next page of each walk. The cursors are variables, so that the server parses few documents.
func (p pager) request(t *testing.T, s *server, walks []*walk) map[string]*pagedUser {
	t.Helper()
	limit, position := "first", "after"
	if p.backward {
		limit, position = "last", "before"
	}
	var header, fields strings.Builder
	variables := map[string]any{}
	for i, w := range walks {
		fmt.Fprintf(&header, "$id%d: String! $cursor%d: String ", i, i)
		fmt.Fprintf(&fields, "u%d: user(cognitoId: $id%d) { ...page list: %s(%s: %d, %s: $cursor%d) { ...entries } }\n",
			i, i, p.list, limit, pageSize, position, i)
		variables[fmt.Sprintf("id%d", i)] = w.user
		variables[fmt.Sprintf("cursor%d", i)] = w.cursor
	}
	connection := map[string]string{"followers": "FollowerConnection", "following": "FollowingConnection"}[p.list]
	query := "query (" + header.String() + ") {\n" + fields.String() + "}\n" +
		"fragment page on User { stats { followersCount followingsCount } }\n" +
		"fragment entries on " + connection + " { totalCount edges { cursor followedAt node { cognitoId } }" +
		" pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }"
	got := s.post(t, query, variables)
	require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	var response struct {
		Data   map[string]*pagedUser
		Errors json.RawMessage
	}
	require.NoError(t, json.Unmarshal(got.body, &response))
	require.Empty(t, response.Errors, "%s", response.Errors)
	return response.Data
}

// take adds a page to the walk, checks its page information and reports whether there is another page.
func (p pager) take(t *testing.T, w *walk, page listPage) bool {
	t.Helper()
	total := len(p.want[w.user])
	require.Equal(t, total, page.TotalCount, "user %s", w.user)
	var entries []entry
	for _, edge := range page.Edges {
		entries = append(entries, entry{edge.Node.CognitoID, edge.FollowedAt.UnixMicro()})
	}
	require.Len(t, entries, min(pageSize, total-len(w.got)), "user %s", w.user)
	info := page.PageInfo
	onward, back := info.HasNextPage, info.HasPreviousPage
	if p.backward {
		onward, back = back, onward
		w.got = append(entries, w.got...)
	} else {
		w.got = append(w.got, entries...)
	}
	require.Equal(t, len(w.got) < total, onward, "user %s", w.user)
	require.Equal(t, w.cursor != nil, back, "user %s", w.user)
	if len(entries) == 0 {
		require.Nil(t, info.StartCursor)
		require.Nil(t, info.EndCursor)
		return false
	}
	require.Equal(t, page.Edges[0].Cursor, *info.StartCursor)
	require.Equal(t, page.Edges[len(entries)-1].Cursor, *info.EndCursor)
	w.cursor = info.EndCursor
	if p.backward {
		w.cursor = info.StartCursor
	}
	return onward
}
