package resident_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/changes"
	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/store"
)

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
	page.OldestUsers, page.NewestUsers, page.UsersAToZ, page.UsersZToA, page.FewestFollowers, page.MostFollowers, page.Search,
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

// total counts the rows of a connection.
func (w *world) total(key model.ConnectionKey) (n int) {
	w.t.Helper()
	count := func(sql string, args ...any) int {
		require.NoError(w.t, w.conn.QueryRow(w.t.Context(), `SELECT count(*) FROM `+sql, args...).Scan(&n))
		return n
	}
	switch key.Kind {
	case page.Followers:
		return count(`user_follows WHERE following_id = $1`, key.User)
	case page.Following:
		return count(`user_follows WHERE follower_id = $1`, key.User)
	case page.Friends:
		return count(`user_follows a JOIN user_follows b ON (b.follower_id, b.following_id) = (a.following_id, a.follower_id) WHERE a.following_id = $1`, key.User)
	case page.FollowersInCommon:
		return count(`user_follows a JOIN user_follows b USING (follower_id) WHERE a.following_id = $1 AND b.following_id = $2`, key.User, key.With)
	case page.FollowingInCommon:
		return count(`user_follows a JOIN user_follows b USING (following_id) WHERE a.follower_id = $1 AND b.follower_id = $2`, key.User, key.With)
	case page.FollowersYouKnow:
		return count(`user_follows a JOIN user_follows b ON b.following_id = a.follower_id WHERE a.following_id = $1 AND b.follower_id = $2`, key.User, key.With)
	case page.Search:
		key.Projection, key.Page = model.Projection{}, page.Request{Limit: 1_000_000}
		pages, err := w.sql.Pages(w.t.Context(), []model.ConnectionKey{key})
		require.NoError(w.t, err)
		return len(pages[0])
	default:
		return count(`users`)
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
