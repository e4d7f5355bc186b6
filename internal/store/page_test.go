package store

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
	"followgraph/internal/page"
)

// TestPages walks every connection of the fixture graph, forwards and backwards in steps of 1, 7 and 100, all of them
// in the same calls, and compares each with the expected elements.
func TestPages(t *testing.T) {
	t.Parallel()
	s := open(t)
	g := newFixtureGraph(t, s)

	connections := g.connections()
	for _, limit := range []int{1, 7, 100} {
		for _, backward := range []bool{false, true} {
			got := make([][]string, len(connections))
			open := map[int]page.Request{}
			for i := range connections {
				open[i] = page.Request{Limit: limit, Backward: backward}
			}
			for len(open) > 0 {
				var keys []model.ConnectionKey
				var order []int
				for i, request := range open {
					key := connections[i].key
					key.Page = request
					keys, order = append(keys, key), append(order, i)
				}
				pages, err := s.Pages(t.Context(), keys)
				require.NoError(t, err)
				for n, i := range order {
					edges, info := page.Trim(open[i], pages[n], false, positionOf)
					ids := make([]string, len(edges))
					for j, edge := range edges {
						ids[j] = edge.UserID
					}
					next := page.Request{Limit: limit, Backward: backward, HasCursor: true}
					if backward {
						got[i] = append(ids, got[i]...)
					} else {
						got[i] = append(got[i], ids...)
					}
					switch {
					case backward && info.HasPreviousPage:
						next.Cursor = edges[0].Position
						open[i] = next
					case !backward && info.HasNextPage:
						next.Cursor = edges[len(edges)-1].Position
						open[i] = next
					default:
						delete(open, i)
					}
				}
			}
			for i, connection := range connections {
				want := connection.want
				if len(want) == 0 {
					want = nil
				}
				if len(got[i]) == 0 {
					got[i] = nil
				}
				require.Equal(t, want, got[i], "%+v by %d, backward %t", connection.key, limit, backward)
			}
		}
	}
}

func positionOf(edge model.Edge) page.Cursor { return edge.Position }

// TestPagesBetweenCursors reads pages of every connection between two of its cursors, from either end, and what is
// behind them, and compares each with the same slice of the expected elements.
func TestPagesBetweenCursors(t *testing.T) {
	t.Parallel()
	s := open(t)
	tried := 0
	for _, connection := range newFixtureGraph(t, s).connections() {
		key := connection.key
		key.Page = page.Request{Limit: 100}
		pages, err := s.Pages(t.Context(), []model.ConnectionKey{key})
		require.NoError(t, err)
		all := pages[0][:min(len(pages[0]), 100)]
		if len(all) < 4 {
			continue
		}
		tried++
		first, last := 1, len(all)-2 // cursors with an element on either side
		after, before := all[first].Position, all[last].Position
		inner := connection.want[first+1 : last]
		for _, limit := range []int{0, 1, 3, 99} {
			for _, test := range []struct {
				request page.Request
				want    []string
				info    page.Info
			}{
				{
					page.Request{Limit: limit, HasCursor: true, Cursor: after, HasEnd: true, End: before},
					inner[:min(limit, len(inner))], page.Info{HasNextPage: limit < len(inner)},
				},
				{
					page.Request{Limit: limit, Backward: true, HasCursor: true, Cursor: before, HasEnd: true, End: after},
					inner[max(0, len(inner)-limit):], page.Info{HasPreviousPage: limit < len(inner)},
				},
				{
					page.Request{Limit: limit, HasEnd: true, End: before},
					connection.want[:min(limit, last)], page.Info{HasNextPage: limit < last},
				},
				{
					page.Request{Limit: limit, Backward: true, HasEnd: true, End: after},
					connection.want[first+1:][max(0, len(connection.want)-first-1-limit):],
					page.Info{HasPreviousPage: limit < len(connection.want)-first-1},
				},
			} {
				key.Page = test.request
				pages, err := s.Pages(t.Context(), []model.ConnectionKey{key})
				require.NoError(t, err)
				edges, info := page.Trim(test.request, pages[0], false, positionOf)
				ids := []string{}
				for _, edge := range edges {
					ids = append(ids, edge.UserID)
				}
				require.Equal(t, append([]string{}, test.want...), ids, "%+v", key)
				require.Equal(t, test.info, info, "%+v", key)
			}
		}
		for i, edge := range all {
			if i > 4 && i < len(all)-4 { // the ends show it
				continue
			}
			for _, backward := range []bool{false, true} {
				at := page.Request{Backward: backward, HasCursor: true, Cursor: edge.Position}
				key.Page = at.OtherSide()
				removed := at // as if the element did not exist any more
				removed.Backward = !backward
				pages, err := s.Pages(t.Context(), []model.ConnectionKey{key, {Kind: key.Kind, User: key.User, With: key.With, Query: key.Query, Page: removed}})
				require.NoError(t, err)
				require.Len(t, pages[0], 1, "%+v", key)
				require.Equal(t, edge.UserID, pages[0][0].UserID, "%+v", key)
				isEnd := !backward && i == 0 || backward && i == len(connection.want)-1
				require.Equal(t, isEnd, len(pages[1]) == 0, "%+v", key)
			}
		}
	}
	require.Greater(t, tried, 20)
}

// TestPageTimes checks that a follow's time is returned with microsecond precision.
func TestPageTimes(t *testing.T) {
	t.Parallel()
	s := open(t)
	g := newFixtureGraph(t, s)
	pages, err := s.Pages(t.Context(), []model.ConnectionKey{{Kind: page.Following, User: "c-0", Page: page.Request{Limit: 1}}})
	require.NoError(t, err)
	for _, f := range g.follows {
		if f.follower == "c-0" {
			require.Equal(t, f.at, pages[0][0].FollowedAt())
			return
		}
	}
	t.Fatal("c-0 follows no user")
}

// TestCursorOutlivesItsRow deletes the row of a cursor.
func TestCursorOutlivesItsRow(t *testing.T) {
	t.Parallel()
	s := open(t)
	g := newFixtureGraph(t, s)
	key := model.ConnectionKey{Kind: page.Followers, User: "c-0", Page: page.Request{Limit: 3}}
	pages, err := s.Pages(t.Context(), []model.ConnectionKey{key})
	require.NoError(t, err)
	at := pages[0][2]
	execute(t, s, "DELETE FROM user_follows WHERE follower_id = $1 AND following_id = 'c-0'", at.UserID)

	key.Page = page.Request{Limit: 100, HasCursor: true, Cursor: at.Position}
	pages, err = s.Pages(t.Context(), []model.ConnectionKey{key})
	require.NoError(t, err)
	require.Equal(t, g.followers("c-0")[3], pages[0][0].UserID)
	require.Len(t, pages[0], len(g.followers("c-0"))-3)
}

// TestStatementsPerBatch counts statements: their number depends on the kinds of lists among the keys, never on the
// number of keys.
func TestStatementsPerBatch(t *testing.T) {
	t.Parallel()
	s := open(t)
	newFixtureGraph(t, s)
	for name, test := range map[string]struct {
		kinds []page.Kind
		want  int
	}{
		"followers":            {[]page.Kind{page.Followers}, 1},
		"followers, following": {[]page.Kind{page.Followers, page.Following}, 2},
		"friends, either way":  {[]page.Kind{page.Friends}, 3},
		"names and listings":   {[]page.Kind{page.UsersAToZ, page.OldestUsers}, 2},
	} {
		var keys []model.ConnectionKey
		for n := range 500 {
			for _, kind := range test.kinds {
				keys = append(keys, model.ConnectionKey{Kind: kind, User: fmt.Sprintf("c-%d", n%60), Query: "a",
					Page: page.Request{Limit: 1 + n%100}})
			}
		}
		require.Equal(t, test.want, statements(t, func(ctx context.Context) {
			_, err := s.Pages(ctx, keys)
			require.NoError(t, err)
		}), name)
	}
}

// TestPagesBringAccounts reads one page several times in one statement, with different projections.
func TestPagesBringAccounts(t *testing.T) {
	t.Parallel()
	s := open(t)
	g := newFixtureGraph(t, s)
	execute(t, s, "UPDATE users SET avatar = '', lastname = NULL") // an empty text is not null
	key := func(kind page.Kind, users, details, counts bool) model.ConnectionKey {
		return model.ConnectionKey{Kind: kind, User: "c-0", Query: "a", Page: page.Request{Limit: 10},
			Projection: model.Projection{Users: users, Details: details, Counts: counts}}
	}
	for _, kind := range []page.Kind{page.Followers, page.Following, page.Friends, page.OldestUsers, page.UsersAToZ, page.MostFollowers, page.FewestFollowers, page.Search} {
		keys := []model.ConnectionKey{
			key(kind, false, false, false), key(kind, true, false, false), key(kind, true, true, false),
			key(kind, true, false, true), key(kind, true, true, true), key(kind, false, false, false),
		}
		without, err := s.Pages(t.Context(), []model.ConnectionKey{key(kind, true, false, true)})
		require.NoError(t, err)
		for _, edge := range without[0] {
			if edge.Node != nil {
				require.Zero(t, edge.Node.Role, "details are read only where wanted")
			}
		}
		pages, err := s.Pages(t.Context(), keys)
		require.NoError(t, err)
		require.NotEmpty(t, pages[0])
		for i, key := range keys {
			require.Len(t, pages[i], len(pages[0]))
			for n, edge := range pages[i] {
				name, hasAccount := g.names[edge.UserID]
				if !key.Projection.Users || !hasAccount || n == 10 { // the last row only shows that there are more
					require.Nil(t, edge.Node)
					continue
				}
				require.Equal(t, edge.UserID, edge.Node.CognitoID)
				require.Equal(t, name[0], edge.Node.Username)
				require.Nil(t, edge.Node.Lastname)
				if key.Projection.Details {
					require.Equal(t, "", *edge.Node.Avatar)
					require.Equal(t, model.UserRoleEndUser, edge.Node.Role)
					require.True(t, g.created[edge.UserID].Equal(edge.Node.CreatedAt))
					require.False(t, edge.Node.UpdatedAt.IsZero())
				}
				if !key.Projection.Counts {
					require.Nil(t, edge.Node.Stats)
					continue
				}
				require.Equal(t, len(g.followers(edge.UserID)), edge.Node.Stats.FollowersCount)
				require.Equal(t, len(g.following(edge.UserID)), edge.Node.Stats.FollowingsCount)
			}
		}
	}
}
