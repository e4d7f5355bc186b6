package migrate_test

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/testdb"
)

// TestStepsKeepRows applies the migrations one by one. It writes rows at each step as the service of that time would
// have, and reads them after the next step.
func TestStepsKeepRows(t *testing.T) {
	t.Parallel()
	databaseURL := testdb.NewEmpty(t)
	db := connect(t, databaseURL)

	step(t, databaseURL, base)
	exec(t, db, `INSERT INTO users (id, username, email, password_hash) VALUES
		(1, 'ada', 'ada@example.org', 'hash of ada'), (7, 'grace', 'grace@example.org', 'hash of grace');
		SELECT setval('users_id_seq', 7);`)

	step(t, databaseURL, fullname)
	require.Equal(t, []string{
		"1 ada ada@example.org hash of ada - -",
		"7 grace grace@example.org hash of grace - -",
	}, lines(t, db, `SELECT concat_ws(' ', id, username, email, password_hash, coalesce(fullname, '-'), coalesce(encode(avatar, 'hex'), '-')) FROM users ORDER BY id`))
	names := map[string]string{ // username: fullname
		"full":    "Ada King",
		"one":     "Plato",
		"many":    "  Maria  da Silva\tSantos ",
		"blank":   " \t ",
		"empty":   "",
		"foreign": "Ольга Ладыженская",
	}
	for username, fullname := range names {
		exec(t, db, `INSERT INTO users (username, email, password_hash, fullname) VALUES ('name-' || $1, 'name-' || $1, 'h', $2)`, username, fullname)
	}
	pictures := map[string]string{ // username: bytes
		"url":       "https://example.org/a.png",
		"umlaut":    "https://example.org/ä.png",
		"quote":     `it's a \ and a "`,
		"none":      "",
		"png":       "\x89PNG\r\n\x1a\n" + strings.Repeat("\x00\xff", 200), // long enough for encode() to break lines
		"jpeg":      "\xff\xd8\xff\xe0rest",
		"gif":       "GIF89a\x01\x00",
		"gif87":     "GIF87a\x01\x00",
		"webp":      "RIFF\x10\x00\x00\x00WEBPVP8 ",
		"riff":      "RIFF\x10\x00\x00\x00WAVE\xff",
		"zero":      "text\x00with a zero byte",
		"truncated": "\xc3",
	}
	for username, picture := range pictures {
		exec(t, db, `INSERT INTO users (username, email, password_hash, avatar) VALUES ('picture-' || $1, 'picture-' || $1, 'h', $2)`, username, []byte(picture))
	}

	step(t, databaseURL, profile)
	require.Equal(t, []string{
		"name-blank|-|-",
		"name-empty|-|-",
		"name-foreign|Ольга|Ладыженская",
		"name-full|Ada|King",
		"name-many|Maria|da Silva\tSantos",
		"name-one|Plato|-",
	}, lines(t, db, `SELECT concat_ws('|', username, coalesce(firstname, '-'), coalesce(lastname, '-')) FROM users WHERE username LIKE 'name-%' ORDER BY username COLLATE "C"`))
	require.Equal(t, []string{
		"ada|ada@example.org|hash of ada|+999000000000001|END_USER|true",
		"grace|grace@example.org|hash of grace|+999000000000007|END_USER|true",
	}, lines(t, db, `SELECT concat_ws('|', username, email, password_hash, firstname, lastname, phone_number, role, country, city, zipcode,
		(created_at <= now() AND updated_at <= now())::text) FROM users WHERE id IN (1, 7) AND username IN ('ada', 'grace') ORDER BY id`))
	for username, picture := range pictures {
		require.Equal(t, []string{hex.EncodeToString([]byte(picture))}, lines(t, db, `SELECT encode(avatar, 'hex') FROM users WHERE username = 'picture-`+username+`'`), username)
	}
	exec(t, db, `INSERT INTO users (username, email, password_hash, phone_number, role, country, city, zipcode, created_at, updated_at) VALUES
		('no-email', NULL, 'h', '+4930123', 'TC_ADMIN', 'DE', 'Berlin', '10115', '2025-05-28T10:00:00Z', '2025-05-29T10:00:00Z'),
		('no-times', NULL, 'h', '+4930124', 'BROKER', NULL, NULL, NULL, NULL, NULL),
		('created', NULL, 'h', '+4930125', 'OWNER', NULL, NULL, NULL, '2025-05-28T10:00:00Z', NULL)`)

	step(t, databaseURL, avatarString)
	encoded := func(mediaType, username string) string {
		return "data:" + mediaType + ";base64," + base64.StdEncoding.EncodeToString([]byte(pictures[username]))
	}
	for username, want := range map[string]string{
		"url":       pictures["url"],
		"umlaut":    pictures["umlaut"],
		"quote":     pictures["quote"],
		"png":       encoded("image/png", "png"),
		"jpeg":      encoded("image/jpeg", "jpeg"),
		"gif":       encoded("image/gif", "gif"),
		"gif87":     encoded("image/gif", "gif87"),
		"webp":      encoded("image/webp", "webp"),
		"riff":      encoded("application/octet-stream", "riff"),
		"zero":      encoded("application/octet-stream", "zero"),
		"truncated": encoded("application/octet-stream", "truncated"),
	} {
		require.Equal(t, []string{want}, lines(t, db, `SELECT avatar FROM users WHERE username = 'picture-`+username+`'`), username)
	}
	require.Equal(t, []string{"2"}, lines(t, db, `SELECT count(*)::text FROM users WHERE username IN ('picture-none', 'ada') AND avatar IS NULL`))
	users := `SELECT concat_ws('|', id, username, firstname, lastname, avatar, email, phone_number, password_hash, role, country, city, zipcode) FROM users ORDER BY id`
	before := lines(t, db, users)
	require.Len(t, before, 2+len(names)+len(pictures)+3)

	step(t, databaseURL, follows)
	require.Equal(t, before, lines(t, db, users))
	exec(t, db, `INSERT INTO user_follows (id, follower_id, following_id, created_at) VALUES
		(1, 'a', 'b', '2025-06-20T10:00:00Z'),
		(2, 'a', 'c', '2025-06-21T10:00:00Z'),
		(3, 'c', 'b', NULL),
		(4, 'a', 'a', '2025-06-22T10:00:00Z'),
		(9, 'b', 'a', '2025-06-23T10:00:00Z')`)

	step(t, databaseURL, stats)
	require.Equal(t, []string{"1|a|b", "2|a|c", "3|c|b", "4|a|a", "9|b|a"},
		lines(t, db, `SELECT concat_ws('|', id, follower_id, following_id) FROM user_follows ORDER BY id`))
	exec(t, db, `INSERT INTO user_follow_stats (user_id, followers_count, followings_count, updated_at) VALUES
		('a', 2, 3, '2025-06-24T10:00:00Z'),
		('b', 2, 1, '2025-06-24T10:00:00Z'),
		('gone', 5, -1, '2025-06-24T10:00:00Z'),
		('nothing', 0, 0, NULL)`)

	step(t, databaseURL, own)
	require.Equal(t, before, lines(t, db, users))
	require.Equal(t, []string{
		"created|2025-05-28|2025-05-28",
		"no-email|2025-05-28|2025-05-29",
	}, lines(t, db, `SELECT concat_ws('|', username, (created_at AT TIME ZONE 'UTC')::date, (updated_at AT TIME ZONE 'UTC')::date)
		FROM users WHERE username IN ('no-email', 'created') ORDER BY username`))
	require.Equal(t, []string{"0 alike"}, lines(t, db, `SELECT count(*) - count(DISTINCT cognito_id) || ' alike' FROM users`))
	require.Empty(t, lines(t, db, `SELECT cognito_id FROM users WHERE cognito_id !~ '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'`))
	require.Equal(t, []string{"1|a|b", "2|a|c", "3|c|b", "9|b|a"},
		lines(t, db, `SELECT concat_ws('|', id, follower_id, following_id) FROM user_follows ORDER BY id`), "only the follow of oneself is gone")
	require.Equal(t, []string{
		"a|1|2|now",
		"b|2|1|kept",
		"c|1|1|now",
		"gone|0|0|now",
		"nothing|0|0|now",
	}, lines(t, db, `SELECT concat_ws('|', user_id, followers_count, followings_count,
		CASE WHEN updated_at = '2025-06-24T10:00:00Z' THEN 'kept' WHEN updated_at > '2026-01-01' THEN 'now' END)
		FROM user_follow_stats ORDER BY user_id`))
	require.Equal(t, []string{"29"}, lines(t, db, `INSERT INTO users (username, phone_number, password_hash) VALUES ('next', '+1', 'h') RETURNING id::text`))
	require.Equal(t, []string{"10"}, lines(t, db, `INSERT INTO user_follows (follower_id, following_id) VALUES ('b', 'c') RETURNING id::text`))

	step(t, databaseURL, accounts)
	exec(t, db, `INSERT INTO users (username, email, phone_number, password_hash) VALUES
		('Next', 'Ada@example.org', '+2', 'h'), ('NEXT', 'ADA@EXAMPLE.ORG', '+3', 'h')`)
	before = lines(t, db, users)

	step(t, databaseURL, letterCase)
	require.Equal(t, before, lines(t, db, users), "accounts that differ in case alone stay")
	exec(t, db, `INSERT INTO users (username, email, phone_number, password_hash) VALUES ('nExt', 'aDA@example.org', '+4', 'h')`)
	ids := `SELECT concat_ws('|', id, cognito_id) FROM users WHERE username NOT LIKE 'local%' ORDER BY id`
	before = lines(t, db, ids)

	pages := `SELECT relname || pg_relation_filenode(oid) FROM pg_class WHERE relname IN ('users', 'users_pkey', 'ix_users_id', 'ix_users_cognito_id') ORDER BY relfilenode`
	files := lines(t, db, pages)
	step(t, databaseURL, localIDs)
	require.Equal(t, before, lines(t, db, ids), "ids that are there stay as they are")
	for i := range files {
		files[i] = strings.Replace(files[i], "users_pkey", "ix_users_id", 1)
	}
	require.Equal(t, files, lines(t, db, pages), "nothing is rewritten")
	exec(t, db, `INSERT INTO users (username, phone_number, password_hash) VALUES ('local', '+5', 'h')`)
	require.Regexp(t, `^local-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`,
		lines(t, db, `SELECT cognito_id FROM users WHERE username = 'local'`)[0])

	step(t, databaseURL, publication)
	exec(t, db, `INSERT INTO users (username, email, firstname, lastname, phone_number, password_hash) VALUES
		('Ælfric', 'ÉLOÏSE@example.org', 'Æthel', 'O’Brien', '+6', 'h'), ('ÆLFRIC', 'Éloïse@example.org', 'Þór', NULL, '+7', 'h')`)
	before = lines(t, db, users)
	step(t, databaseURL, searchNames)
	require.Equal(t, before, lines(t, db, users), "rows stay as they are")
}

// TestPrimaryKeyOfAnyName migrates a table users whose primary key has an unusual name.
func TestPrimaryKeyOfAnyName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"pk_users", "Primary Key", "ix_users_id"} {
		databaseURL := testdb.NewEmpty(t)
		db := connect(t, databaseURL)
		step(t, databaseURL, letterCase)
		exec(t, db, `ALTER INDEX users_pkey RENAME TO "`+name+`"`)
		step(t, databaseURL, localIDs)
		require.Equal(t, []string{"ix_users_id"}, lines(t, db, `SELECT conname FROM pg_constraint WHERE conrelid = 'users'::regclass AND contype = 'p'`))
	}
}

// TestConstraints checks what the final schema rejects.
func TestConstraints(t *testing.T) {
	t.Parallel()
	db := connect(t, testdb.New(t))
	exec(t, db, `INSERT INTO users (username, email, phone_number, password_hash, cognito_id) VALUES ('ada', 'ada@example.org', '+1', 'h', 'c1')`)
	exec(t, db, `INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'b')`)
	for constraint, statement := range map[string]string{
		"ix_users_username":                     `INSERT INTO users (username, phone_number, password_hash) VALUES ('ada', '+2', 'h')`,
		"ix_users_email":                        `INSERT INTO users (username, email, phone_number, password_hash) VALUES ('b', 'ada@example.org', '+2', 'h')`,
		"ix_users_phone_number":                 `INSERT INTO users (username, phone_number, password_hash) VALUES ('b', '+1', 'h')`,
		"ix_users_cognito_id":                   `INSERT INTO users (username, phone_number, password_hash, cognito_id) VALUES ('b', '+2', 'h', 'c1')`,
		"idx_follower_following":                `INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'b')`,
		"ck_user_follows_not_self":              `INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'a')`,
		"ck_user_follow_stats_followers_count":  `INSERT INTO user_follow_stats (user_id, followers_count) VALUES ('a', -1)`,
		"ck_user_follow_stats_followings_count": `INSERT INTO user_follow_stats (user_id, followings_count) VALUES ('a', -1)`,
		"userrole":                              `INSERT INTO users (username, phone_number, password_hash, role) VALUES ('b', '+2', 'h', 'KING')`,
	} {
		_, err := db.ExecContext(t.Context(), statement)
		require.ErrorContains(t, err, constraint)
	}
	exec(t, db, `INSERT INTO user_follows (follower_id, following_id) VALUES ('b', 'a')`)
	exec(t, db, `INSERT INTO users (username, phone_number, password_hash) VALUES ('b', '+2', 'h'), ('c', '+3', 'h')`)
}
