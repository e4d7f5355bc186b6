package resident_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/changes"
	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/resident"
	"followgraph/internal/social"
	"followgraph/internal/store"
	"followgraph/internal/testdb"
)

var _ social.Reader = (*resident.Version)(nil)

// world is a database that random statements change.
type world struct {
	t      *testing.T
	random *rand.Rand
	conn   *pgx.Conn
	sql    *store.Store
	next   int // the number of the next new account
	ids    int // how many Cognito ids there are
	hubs   int // the first ones, which have long lists
}

func newWorld(t *testing.T, url string, seed uint64) *world {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	s, err := store.Open(t.Context(), url, store.Options{MaxConns: 2})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return &world{t: t, random: rand.New(rand.NewPCG(seed, 7)), conn: conn, sql: s, ids: 48}
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	_, err := w.conn.Exec(w.t.Context(), sql, args...)
	require.NoError(w.t, err)
}

func pick[T any](random *rand.Rand, from []T) T { return from[random.IntN(len(from))] }

var (
	givenNames = []string{
		"Ada", "ada", "Álvaro", "ALVARO", "A\u0301lvaro", "Bob", "Zoë", "İbrahim", "ıbrahim", "Straße", "STRASSE", "ΟΔΟΣ", "οδος",
		"Søren", "Łukasz", "Đorđe", "Ħal", "Иван", "ǅ", "ﬁn", "한국", "ひらがな", "ば", "名", "", " ", "x_%", "😀", "\U0010FFFF", "e\u0345\u0300",
	}
	times = []string{
		"2025-06-20 12:00:00.123456+00", "2025-06-20 12:00:00.123457+00", "2025-06-21 12:00:00+00", "2024-01-01 00:00:00+00",
		"1999-12-31 23:59:59+00", "0044-03-15 00:00:00+00 BC", "2300-01-01 00:00:00+00", "infinity", "-infinity",
	}
)

func (w *world) at() string { return pick(w.random, times) }

// id returns a Cognito id with or without an account.
func (w *world) id() string {
	if w.hubs > 0 && w.random.IntN(3) > 0 {
		return fmt.Sprint("c-", w.random.IntN(w.hubs))
	}
	return fmt.Sprint("c-", w.random.IntN(w.ids))
}

func (w *world) username(number int) string {
	return fmt.Sprint(pick(w.random, []string{"ada", "Ben", "x", "É", "é", "Ünal", "σας", "ΣΑΣ", "ß", "İ", "K"}), number)
}

func (w *world) name() *string {
	if w.random.IntN(5) == 0 {
		return nil
	}
	return new(pick(w.random, givenNames) + pick(w.random, []string{"", "", "a", "Z"}))
}

// change makes one random change.
func (w *world) change() {
	w.t.Helper()
	r := w.random
	if w.hubs > 0 && r.IntN(3) == 0 {
		w.changeHub(fmt.Sprint("c-", r.IntN(w.hubs)))
		return
	}
	switch r.IntN(22) {
	default:
		for range 8 {
			w.exec(`INSERT INTO user_follows (follower_id, following_id, created_at) SELECT $1::varchar, $2::varchar, $3::text::timestamptz WHERE $1::varchar <> $2::varchar ON CONFLICT DO NOTHING`,
				w.id(), w.id(), w.at())
		}
	case 0, 1:
		w.exec(`DELETE FROM user_follows WHERE id IN (SELECT id FROM user_follows ORDER BY id % $1, id LIMIT 3)`, 1+r.IntN(20))
	case 2:
		w.exec(`UPDATE user_follows SET created_at = $1::text::timestamptz WHERE id % 11 = $2`, w.at(), r.IntN(11))
	case 3, 4, 5:
		w.next++
		id := w.id()
		w.exec(`INSERT INTO users (cognito_id, username, firstname, lastname, avatar, phone_number, password_hash, created_at, updated_at)
			VALUES ($1, $2, $3, $4, $5, $6, '!', $7::text::timestamptz, $8::text::timestamptz) ON CONFLICT DO NOTHING`,
			id, w.username(w.next%9), w.name(), w.name(), w.name(), fmt.Sprint("+999", w.next), w.at(), w.at())
	case 6:
		w.exec(`DELETE FROM users WHERE cognito_id = $1`, w.id())
	case 7:
		w.exec(`UPDATE users SET username = $2::varchar WHERE cognito_id = $1 AND NOT EXISTS (SELECT FROM users WHERE username = $2::varchar)`, w.id(), w.username(r.IntN(9)))
	case 8:
		w.exec(`UPDATE users SET firstname = $2, lastname = $3, role = 'AGENT', token_version = token_version + 1 WHERE cognito_id = $1`, w.id(), w.name(), w.name())
	case 9: // an account moves with its follows, as adopt link does it
		from, to := w.id(), w.id()
		w.exec(`DELETE FROM users WHERE cognito_id = $1::varchar`, to)
		w.exec(`UPDATE users SET cognito_id = $2::varchar WHERE cognito_id = $1::varchar`, from, to)
		w.exec(`UPDATE user_follows f SET follower_id = $2::varchar WHERE follower_id = $1::varchar AND following_id <> $2::varchar
			AND NOT EXISTS (SELECT FROM user_follows o WHERE o.follower_id = $2::varchar AND o.following_id = f.following_id)`, from, to)
		w.exec(`UPDATE user_follows f SET following_id = $2::varchar WHERE following_id = $1::varchar AND follower_id <> $2::varchar
			AND NOT EXISTS (SELECT FROM user_follows o WHERE o.following_id = $2::varchar AND o.follower_id = f.follower_id)`, from, to)
	case 10: // numbers that do not fit into an entry
		w.exec(`UPDATE user_follows SET id = id + $2 WHERE id % 13 = $1`, r.IntN(13), pick(r, []int64{1 << 46, 1 << 40, -1 << 47}))
	case 11:
		w.exec(`UPDATE users SET created_at = $2::text::timestamptz WHERE cognito_id = $1`, w.id(), w.at())
	}
}

// changeHub adds or removes many follows of one id.
func (w *world) changeHub(hub string) {
	w.t.Helper()
	from, many := w.random.IntN(w.ids), 1+w.random.IntN(400)
	columns := pick(w.random, []string{"follower_id, following_id", "following_id, follower_id"})
	if owner, _, _ := strings.Cut(columns, ","); w.random.IntN(4) == 0 {
		w.exec(`DELETE FROM user_follows WHERE id IN (SELECT id FROM user_follows WHERE `+owner+` = $1 ORDER BY id % 7, id LIMIT $2)`, hub, many)
		return
	}
	w.exec(`INSERT INTO user_follows (`+columns+`, created_at)
		SELECT $1::varchar, 'c-' || n % $4::int, $5::text::timestamptz + n % 50 * interval '1 hour' FROM generate_series($2::int, $2::int + $3::int) n
		WHERE 'c-' || n % $4::int <> $1::varchar ON CONFLICT DO NOTHING`, hub, from, many, w.ids, w.at())
}

// recount makes the counts of SQL equal the rows.
func (w *world) recount() {
	w.t.Helper()
	w.exec(`DELETE FROM user_follow_stats WHERE abs(hashtext(user_id)) % 5 = $1`, w.random.IntN(5))
	w.exec(`INSERT INTO user_follow_stats AS s (user_id, followers_count, followings_count, updated_at)
		SELECT id, count(*) FILTER (WHERE side = 1), count(*) FILTER (WHERE side = 2), $1::text::timestamptz FROM (
			SELECT following_id AS id, 1 AS side FROM user_follows UNION ALL SELECT follower_id, 2 FROM user_follows
			UNION ALL SELECT user_id, 0 FROM user_follow_stats
		) sides GROUP BY id
		ON CONFLICT (user_id) DO UPDATE SET followers_count = excluded.followers_count, followings_count = excluded.followings_count,
			updated_at = CASE WHEN (s.followers_count, s.followings_count) = (excluded.followers_count, excluded.followings_count)
				THEN s.updated_at ELSE excluded.updated_at END`, w.at())
}

var kinds = []page.Kind{
	page.Followers, page.Following, page.Friends, page.FollowersInCommon, page.FollowingInCommon, page.FollowersYouKnow,
	page.OldestUsers, page.NewestUsers, page.UsersAToZ, page.UsersZToA, page.Search,
}

func (w *world) query() string {
	text := []rune(pick(w.random, givenNames) + pick(w.random, []string{"", " ", " A", "9"}))
	if w.random.IntN(2) == 0 {
		text = []rune(w.username(w.random.IntN(9)))
	}
	text = text[:min(len(text), 1+w.random.IntN(4))]
	switch w.random.IntN(3) {
	case 0:
		return strings.ToUpper(string(text))
	case 1:
		return strings.ToLower(string(text))
	}
	return string(text)
}

// key returns a random question for a page, from a cursor of an earlier answer or from a random one.
func (w *world) key(cursors map[page.Kind][]page.Cursor) model.ConnectionKey {
	r := w.random
	key := model.ConnectionKey{Kind: pick(r, kinds), Projection: model.Projection{Users: r.IntN(3) > 0}}
	if key.Projection.Users {
		key.Projection.Details, key.Projection.Counts = r.IntN(2) == 0, r.IntN(2) == 0
	}
	switch key.Kind {
	case page.Search:
		key.Query = w.query()
	case page.Followers, page.Following, page.Friends:
		key.User = w.id()
	case page.FollowersInCommon, page.FollowingInCommon, page.FollowersYouKnow:
		key.User = w.id()
		if r.IntN(8) > 0 {
			key.With = w.id()
		}
	}
	key.Page = page.Request{Limit: pick(r, []int{0, 1, 2, 3, 7, 20, 100}), Backward: r.IntN(2) == 0}
	cursor := func() page.Cursor {
		c := pick(r, cursors[key.Kind])
		switch r.IntN(6) {
		case 0:
			c.ID++
		case 1:
			c.ID--
		}
		return c
	}
	if known := cursors[key.Kind]; len(known) > 0 && r.IntN(3) > 0 {
		key.Page.HasCursor, key.Page.Cursor = true, cursor()
		if r.IntN(4) == 0 {
			key.Page = key.Page.OtherSide()
		}
	} else if len(known) > 0 && r.IntN(3) == 0 {
		key.Page.HasEnd, key.Page.End = true, cursor()
	}
	return key
}

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
			foldASCII := seed%2 == 1
			url := testdb.New
			if foldASCII {
				url = testdb.NewInC
			}
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
			g := rows.graph(foldASCII)
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
			w.compare(rows.graph(foldASCII).Version(), cursors)
			for _, kind := range kinds {
				require.Greater(t, len(cursors[kind]), 10, "answers of kind %d", kind)
			}
		})
	}
}

// truncate truncates each table now and then, and returns what is left of the rows and the changes that say so.
func (w *world) truncate(rows tableRows) (tableRows, []changes.Change) {
	var truncations []changes.Change
	for table, empty := range map[string]func(){
		"users":             func() { rows.users = nil },
		"user_follows":      func() { rows.follows = nil },
		"user_follow_stats": func() { rows.stats = nil },
	} {
		if w.random.IntN(40) > 0 {
			continue
		}
		w.exec("TRUNCATE " + table)
		empty()
		truncations = append(truncations, changes.Change{Kind: changes.Truncate, Table: table})
		for range 30 {
			w.change()
		}
	}
	return rows, truncations
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
			g, err := resident.Load(t.Context(), stream, false)
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
