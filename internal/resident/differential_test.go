package resident_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/changes"
	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/resident"
	"followgraph/internal/social"
	"followgraph/internal/testdb"
)

var _ social.Reader = (*resident.Version)(nil)

// visible returns a user with only the fields that a lookup asked for.
func visible(u *model.User, details, counts bool) *model.User {
	if u == nil {
		return nil
	}
	shown := *u
	if !details {
		shown = model.User{CognitoID: u.CognitoID, Username: u.Username, Firstname: u.Firstname, Lastname: u.Lastname, Stats: u.Stats}
	}
	if !counts {
		shown.Stats = nil
	}
	return &shown
}

func visibleEdges(edges []model.Edge, p model.Projection) []model.Edge {
	edges = slices.Clone(edges)
	for i := range edges {
		edges[i].Node = visible(edges[i].Node, p.Details, p.Counts)
	}
	return edges
}

// compare asks both sides the same random questions.
func (w *world) compare(v *resident.Version, cursors map[page.Kind][]page.Cursor) {
	w.t.Helper()
	t, ctx := w.t, w.t.Context()

	keys := make([]model.ConnectionKey, 60)
	for i := range keys {
		keys[i] = w.key(cursors)
	}
	want, err := w.sql.Pages(ctx, keys)
	require.NoError(t, err)
	got, err := v.Pages(ctx, keys)
	require.NoError(t, err)
	for i, key := range keys {
		require.Equal(t, visibleEdges(want[i], key.Projection), visibleEdges(got[i], key.Projection), "%+v", key)
		for _, edges := range [][]model.Edge{want[i], got[i]} {
			if len(edges) > 0 {
				cursors[key.Kind] = append(cursors[key.Kind], pick(w.random, edges).Position)
			}
		}
	}
	totals, err := v.Totals(ctx, keys)
	require.NoError(t, err)
	sqlTotals, err := w.sql.Totals(ctx, keys)
	require.NoError(t, err)
	for i, key := range keys {
		require.Equal(t, new(w.total(key)), totals[i], "%+v", key)
		switch key.Kind {
		case page.Friends, page.FollowersInCommon, page.FollowingInCommon, page.FollowersYouKnow, page.Search:
			require.Equal(t, totals[i], sqlTotals[i], "%+v by SQL", key)
		default:
			require.Nil(t, sqlTotals[i], "%+v by SQL", key)
		}
	}
	users := make([]model.UserKey, 60)
	for i := range users {
		users[i] = model.UserKey{Details: w.random.IntN(2) == 0, Counts: w.random.IntN(2) == 0}
		if w.random.IntN(3) == 0 {
			users[i].CognitoID = w.id()
			continue
		}
		users[i].Username = w.username(w.random.IntN(9))
		switch w.random.IntN(3) {
		case 0:
			users[i].Username = strings.ToUpper(users[i].Username)
		case 1:
			users[i].Username = strings.ToLower(users[i].Username)
		}
	}
	wantUsers, wantPages, err := w.sql.UsersAndPages(ctx, users, keys[:5])
	require.NoError(t, err)
	gotUsers, gotPages, err := v.UsersAndPages(ctx, users, keys[:5])
	require.NoError(t, err)
	for i, key := range users {
		require.Equal(t, visible(wantUsers[i], key.Details, key.Counts), visible(gotUsers[i], key.Details, key.Counts), "%+v", key)
	}
	require.Len(t, gotPages, len(wantPages))

	ids := make([]string, 20)
	for i := range ids {
		ids[i] = w.id()
	}
	wantRelations, err := w.sql.Relations(ctx, ids[0], ids)
	require.NoError(t, err)
	gotRelations, err := v.Relations(ctx, ids[0], ids)
	require.NoError(t, err)
	require.Equal(t, wantRelations, gotRelations)

	sorted := func(list []string) []string {
		list = slices.Clone(list)
		slices.Sort(list)
		return slices.Compact(list)
	}
	between := []*model.BetweenKey{
		{Followers: sorted(ids[:10]), Followings: sorted(ids[10:])}, {Followers: sorted(ids), Followings: sorted(ids)}, {},
	}
	wantFollows, err := w.sql.FollowsBetween(ctx, between)
	require.NoError(t, err)
	gotFollows, err := v.FollowsBetween(ctx, between)
	require.NoError(t, err)
	require.Equal(t, wantFollows, gotFollows)

	adjacency := &model.AdjacencyKey{Followers: append(slices.Clone(ids), ids[:5]...), Followings: append(slices.Clone(ids[3:]), ids...)}
	wantAdjacency, err := w.sql.Adjacency(ctx, adjacency)
	require.NoError(t, err)
	gotAdjacency, err := v.Adjacency(ctx, adjacency)
	require.NoError(t, err)
	require.Equal(t, wantAdjacency, gotAdjacency)

	tops := make([]model.TopKey, 30)
	for i := range tops {
		tops[i] = model.TopKey{
			UserID: w.id(), Kind: pick(w.random, []page.Kind{page.Followers, page.Following}), Limit: w.random.IntN(12), Scan: w.random.IntN(30),
		}
	}
	wantTops, err := w.sql.Top(ctx, tops)
	require.NoError(t, err)
	gotTops, err := v.Top(ctx, tops)
	require.NoError(t, err)
	for i, key := range tops {
		require.Equal(t, append([]string{}, wantTops[i].CognitoIDs...), append([]string{}, gotTops[i].CognitoIDs...), "%+v", key)
		require.Equal(t, wantTops[i].Complete, gotTops[i].Complete, "%+v", key)
	}
	wantSize, err := w.sql.GraphTotals(ctx)
	require.NoError(t, err)
	gotSize, err := v.GraphTotals(ctx)
	require.NoError(t, err)
	require.WithinDuration(t, wantSize.CountedAt, gotSize.CountedAt, time.Hour)
	wantSize.CountedAt = gotSize.CountedAt
	require.Equal(t, wantSize, gotSize)

	for i := range ids {
		wantPath, err := w.sql.ShortestPath(ctx, ids[0], ids[i])
		require.NoError(t, err)
		gotPath, err := v.ShortestPath(ctx, ids[0], ids[i])
		require.NoError(t, err)
		require.Equal(t, wantPath, gotPath, "from %s to %s", ids[0], ids[i])
	}
	wantDistances, err := w.sql.Distances(ctx, ids[1], sorted(ids))
	require.NoError(t, err)
	gotDistances, err := v.Distances(ctx, ids[1], sorted(ids))
	require.NoError(t, err)
	require.Equal(t, wantDistances, gotDistances)

	for _, id := range ids[:8] {
		limit := w.random.IntN(30)
		wantRanks, err := w.sql.Suggestions(ctx, id, limit)
		require.NoError(t, err)
		gotRanks, err := v.Suggestions(ctx, id, limit)
		require.NoError(t, err)
		require.Equal(t, wantRanks, gotRanks, "%s %d", id, limit)
	}
}

// TestVersionsEqualSQL changes a database at random, applies the changes to the graph in memory, and asks the store and
// the version the same questions. Each takes the cursors of both.
func TestVersionsEqualSQL(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			url := []func(testing.TB) string{testdb.New, testdb.NewInC, testdb.NewWithICU}[seed%3]
			w := newWorld(t, url(t), seed)
			if seed >= 4 {
				w.ids, w.hubs = 900, 5
			}
			for range 150 {
				w.change()
			}
			w.recount()
			cursors := map[page.Kind][]page.Cursor{}
			rows := readRows(t, w.conn)
			letters := readLetters(t, w.conn)
			g := rows.graph(letters)
			w.compare(g.Version(), cursors)
			for round := range uint64(25) {
				for range 1 + w.random.IntN(12) {
					w.change()
				}
				before, truncations := w.truncate(rows)
				w.recount()
				rows = readRows(t, w.conn)
				transaction := before.difference(rows, w.random)
				transaction.Changes = append(truncations, transaction.Changes...)
				transaction.Position.LSN = round + 1
				old := g.Version()
				for part := range slices.Chunk(transaction.Changes, 1+w.random.IntN(60)) {
					require.NoError(t, g.Apply(t.Context(), &changes.Transaction{Changes: part, More: true}, rows))
					require.Same(t, old, g.Version())
				}
				require.NoError(t, g.Apply(t.Context(), &changes.Transaction{Position: transaction.Position}, rows))
				v := g.Version()
				require.Equal(t, []int{len(rows.users), len(rows.follows)}, []int{v.Accounts(), v.Follows()})
				for _, u := range rows.users {
					version, role, ok := v.TokenVersion(u.CognitoID)
					require.Equal(t, []any{u.TokenVersion, u.Role, true}, []any{version, string(role), ok})
				}
				_, _, ok := v.TokenVersion("unknown")
				require.False(t, ok)
				require.Equal(t, round+1, v.Position().LSN)
				w.compare(v, cursors)
			}
			w.compare(rows.graph(letters).Version(), cursors)
			for _, kind := range kinds {
				require.Greater(t, len(cursors[kind]), 10, "answers of kind %d", kind)
			}
		})
	}
}

// TestStreamEqualsSQL loads the graph from the stream of commits, follows it while the database changes, and asks the
// store and the version the same questions after each marker.
func TestStreamEqualsSQL(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			url := testdb.New(t)
			w := newWorld(t, url, 100+seed)
			if seed == 1 {
				w.ids, w.hubs = 900, 5
			}
			for range 150 {
				w.change()
			}
			w.recount()
			stream, err := changes.Open(t.Context(), changes.Options{URL: url, Part: 50})
			require.NoError(t, err)
			defer func() { require.NoError(t, stream.Close(context.WithoutCancel(t.Context()))) }()
			w.change() // after the snapshot
			g, err := resident.Load(t.Context(), stream)
			require.NoError(t, err)
			require.NoError(t, stream.Start(t.Context()))
			cursors := map[page.Kind][]page.Cursor{}
			for round := range 20 {
				w.exec("BEGIN")
				for range 1 + w.random.IntN(12) {
					w.change()
				}
				w.exec("COMMIT")
				if w.random.IntN(8) == 0 {
					w.exec("TRUNCATE " + pick(w.random, []string{"users", "user_follows, user_follow_stats"}))
				}
				w.change()
				w.recount()
				marker := fmt.Sprint("marker-", round)
				w.exec(`INSERT INTO user_follow_stats (user_id) VALUES ($1)`, marker)
				w.applyUntil(g, stream, marker)
				require.Equal(t, stream.Position(), g.Version().Position())
				w.compare(g.Version(), cursors)
			}
		})
	}
}

// applyUntil applies transactions until one has the row of counts of marker.
func (w *world) applyUntil(g *resident.Graph, stream *changes.Stream, marker string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	for {
		part, err := stream.Next(ctx)
		require.NoError(w.t, err)
		require.NoError(w.t, g.Apply(ctx, part, stream))
		for _, c := range part.Changes {
			if c.Stats != nil && c.Stats.UserID == marker {
				require.False(w.t, part.More)
				return
			}
		}
	}
}
