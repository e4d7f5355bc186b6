package store

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/timestamp"
)

// edgeTimes lists times that rows of another service may contain, newest first, with the form that responses show.
var edgeTimes = []struct{ stored, shown string }{
	{"infinity", "9999-12-31T23:59:59.999999Z"},
	{"infinity", "9999-12-31T23:59:59.999999Z"},
	{"294276-12-31 23:59:59.999999+00", "9999-12-31T23:59:59.999999Z"},
	{"293000-01-01 00:00:00+00", "9999-12-31T23:59:59.999999Z"}, // more microseconds since 1970 than an int64 holds
	{"12025-01-01 00:00:00+00", "9999-12-31T23:59:59.999999Z"},
	{"9999-12-31 23:59:59.999999+00", "9999-12-31T23:59:59.999999Z"},
	{"2025-06-20 10:00:00+00", "2025-06-20T10:00:00Z"},
	{"0001-01-01 00:00:00+00", "0001-01-01T00:00:00.000001Z"},
	{"0044-03-15 00:00:00+00 BC", "0001-01-01T00:00:00.000001Z"},
	{"4714-11-24 00:00:00+00 BC", "0001-01-01T00:00:00.000001Z"},
	{"-infinity", "0001-01-01T00:00:00.000001Z"},
	{"-infinity", "0001-01-01T00:00:00.000001Z"},
}

func shownTime(at time.Time) string { return at.Format(time.RFC3339Nano) }

// walkAll reads a connection page by page.
func walkAll(t *testing.T, s *Store, key model.ConnectionKey, limit int, backward bool) []model.Edge {
	t.Helper()
	var all []model.Edge
	key.Page = page.Request{Limit: limit, Backward: backward}
	for range 100 {
		pages, err := s.Pages(t.Context(), []model.ConnectionKey{key})
		require.NoError(t, err)
		edges, info := page.Trim(key.Page, pages[0], false, positionOf)
		if backward {
			all = append(slices.Clone(edges), all...)
		} else {
			all = append(all, edges...)
		}
		var next []model.Edge
		switch {
		case backward && info.HasPreviousPage:
			next = edges[:1]
		case !backward && info.HasNextPage:
			next = edges[len(edges)-1:]
		default:
			return all
		}
		// As a client sends it.
		cursor := next[0].Cursor()
		args := page.Args{First: &limit, After: &cursor}
		if backward {
			args = page.Args{Last: &limit, Before: &cursor}
		}
		key.Page, err = page.Parse(key.Kind, args)
		require.NoError(t, err)
	}
	require.Fail(t, "the list does not end")
	return nil
}

// TestEdgeTimes checks that a time that no response can show neither removes a row from a list nor causes an error.
func TestEdgeTimes(t *testing.T) {
	t.Parallel()
	s := open(t)
	var ids []string // newest first
	for n, at := range edgeTimes {
		name := string(rune('a' + n))
		createAccount(t, s, newAccountNamed(name))
		ids = append(ids, "id-"+name)
		execute(t, s, `UPDATE users SET created_at = $2::text::timestamptz, updated_at = $2::text::timestamptz, id = 100 - $3::int WHERE cognito_id = $1`, ids[n], at.stored, n)
		execute(t, s, `INSERT INTO user_follow_stats (user_id, updated_at) VALUES ($1, $2::text::timestamptz)`, ids[n], at.stored)
	}
	createAccount(t, s, newAccountNamed("z"))
	execute(t, s, "UPDATE users SET created_at = '2000-01-01', id = 1 WHERE cognito_id = 'id-z'")
	for n, at := range edgeTimes {
		execute(t, s, `INSERT INTO user_follows (id, follower_id, following_id, created_at) VALUES
			(200 - 2 * $3::int, $1, 'id-z', $2::text::timestamptz), (199 - 2 * $3::int, 'id-z', $1, $2::text::timestamptz)`, ids[n], at.stored, n)
	}

	withZ := slices.Insert(slices.Clone(ids), 7, "id-z")
	for name, test := range map[string]struct {
		key  model.ConnectionKey
		want []string
	}{
		"followers": {model.ConnectionKey{Kind: page.Followers, User: "id-z"}, ids},
		"following": {model.ConnectionKey{Kind: page.Following, User: "id-z"}, ids},
		"friends":   {model.ConnectionKey{Kind: page.Friends, User: "id-z"}, ids},
		"newest":    {model.ConnectionKey{Kind: page.NewestUsers}, withZ},
		"oldest":    {model.ConnectionKey{Kind: page.OldestUsers}, reversed(withZ)},
	} {
		test.key.Projection = model.Projection{Users: true, Details: true, Counts: true}
		for _, limit := range []int{1, 2, 5, 100} {
			for _, backward := range []bool{false, true} {
				all := walkAll(t, s, test.key, limit, backward)
				got := make([]string, len(all))
				for i, edge := range all {
					got[i] = edge.UserID
					at := slices.Index(ids, edge.UserID)
					if at < 0 {
						continue
					}
					require.Equal(t, edgeTimes[at].shown, shownTime(edge.Node.CreatedAt))
					require.Equal(t, edgeTimes[at].shown, shownTime(edge.Node.UpdatedAt))
					require.Equal(t, edgeTimes[at].shown, shownTime(*edge.Node.Stats.UpdatedAt))
					if test.key.Kind == page.Followers || test.key.Kind == page.Following {
						require.Equal(t, edgeTimes[at].shown, shownTime(edge.FollowedAt()))
					}
				}
				require.Equal(t, test.want, got, "%s by %d, backward %t", name, limit, backward)
			}
		}
	}

	between, err := s.FollowsBetween(t.Context(), []*model.BetweenKey{{Followers: []string{"id-z"}, Followings: ids}})
	require.NoError(t, err)
	require.Len(t, between[0], len(ids))
	ranks, err := s.Suggestions(t.Context(), ids[0], 10)
	require.NoError(t, err)
	require.Len(t, ranks, 10)
	for n, at := range edgeTimes {
		require.Equal(t, at.shown, shownTime(between[0][n].FollowedAt))

		// The lookups of an account.
		account, err := s.Account(t.Context(), ids[n])
		require.NoError(t, err)
		require.Equal(t, ids[n], account.CognitoID)
		account, err = s.AccountByUsername(t.Context(), account.Username)
		require.NoError(t, err)
		require.NoError(t, s.UpdateProfile(t.Context(), account.CognitoID, model.ProfileChange{City: set("Ulm")}))
		_, err = s.SetPassword(t.Context(), account.CognitoID, "a hash")
		require.NoError(t, err)
		require.Error(t, s.UpdateProfile(t.Context(), "id-z", model.ProfileChange{Username: set(account.Username)}), "CONFLICT")

		key := model.FollowKey{FollowerID: "id-z", FollowingID: ids[n]}
		change, err := s.Follow(t.Context(), key)
		require.NoError(t, err)
		require.False(t, change.Changed)
		require.Equal(t, at.shown, shownTime(change.FollowedAt))
		execute(t, s, `INSERT INTO user_follow_stats (user_id, followings_count) VALUES ('id-z', 1)
			ON CONFLICT (user_id) DO UPDATE SET followings_count = 1`)
		execute(t, s, "UPDATE user_follow_stats SET followers_count = 1 WHERE user_id = $1", ids[n])
		change, err = s.Unfollow(t.Context(), key)
		require.NoError(t, err)
		require.True(t, change.Changed)
		require.Equal(t, at.shown, shownTime(change.FollowedAt))
	}
}

func TestTimeParameter(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, at := range edgeTimes {
		var stored []byte
		require.NoError(t, s.pool.QueryRow(t.Context(), "SELECT timestamptz_send($1::text::timestamptz)", at.stored).Scan(&stored))
		r := row{values: [][]byte{stored}}
		read, ok := r.timestamp()
		require.True(t, ok)
		var same bool
		require.NoError(t, s.pool.QueryRow(t.Context(), "SELECT $1::timestamptz = $2::text::timestamptz", timeParameter(read), at.stored).Scan(&same))
		require.True(t, same, at.stored)
	}
	require.Equal(t, timestamp.Infinity, lastTime)
}
