package changes

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"followgraph/internal/store/searchkey"
	"followgraph/internal/testdb"
)

// TestFoldEqualsSQL compares the keys of users with those that their search indexes contain.
func TestFoldEqualsSQL(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	var ascii strings.Builder
	for c := byte(1); c < 0x80; c++ {
		ascii.WriteByte(c)
	}
	optional := func(text string) *string { return &text }
	var users []*User
	for i, text := range []string{
		"Ada", ascii.String(), strings.Repeat("LONG", 100), strings.Repeat("x", 199) + "Y", strings.Repeat("x", 199) + "É", "Élodie", "E\u0301lodie", "Straße", "ΣΊΣΥΦΟΣ", "Øre", "I", "İ", "ﬁn", "", " ",
		strings.Repeat("ﷺ", 90),
	} {
		users = append(users, &User{ID: int64(i + 1), Username: text + fmt.Sprint(i), Firstname: optional(text), Lastname: optional("L" + text)},
			&User{ID: int64(i + 101), Username: "x" + fmt.Sprint(i), Firstname: optional(text)},
			&User{ID: int64(i + 201), Username: "y" + fmt.Sprint(i), Lastname: optional(text)},
			&User{ID: int64(i + 301), Username: text + "z" + fmt.Sprint(i)})
	}
	conn := connect(t, url)
	for _, u := range users {
		exec(t, conn, `INSERT INTO users (id, username, firstname, lastname, phone_number, password_hash) VALUES ($1::bigint, $2, $3, $4, $1::bigint::text, 'h')`, u.ID, u.Username, u.Firstname, u.Lastname)
	}
	s := openStream(t, Options{URL: url})
	want := map[int64]Keys{}
	for _, u := range load(t, s).users {
		want[u.ID] = u.Keys
	}
	require.NoError(t, s.Fold(t.Context(), users))
	for _, u := range users {
		require.Equal(t, want[u.ID], u.Keys, u.Username)
		if utf8.RuneCountInString(u.Keys.Name) < searchkey.MaxText/2 { // a longer one does not fit after the username
			require.Contains(t, u.Keys.Words, u.Keys.Name)
		}
	}
	// By SQL alone the result is the same.
	require.NoError(t, s.folder.fold(t.Context(), users))
	for _, u := range users {
		require.Equal(t, want[u.ID], u.Keys, u.Username)
	}
}

func TestFoldManyAndAgain(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	s := openStream(t, Options{URL: url})
	users := make([]*User, 2*foldBatch+1)
	for i := range users {
		users[i] = &User{Username: fmt.Sprintf("É%d", i)}
	}
	require.NoError(t, s.Fold(t.Context(), users))
	require.Equal(t, "e2000", users[2000].Keys.Username)

	// The connection that was ended meanwhile is replaced.
	exec(t, connect(t, url), `SELECT pg_terminate_backend($1)`, int32(s.folder.conn.PgConn().PID()))
	require.NoError(t, s.Fold(t.Context(), []*User{{Username: "Ö"}}))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, s.Fold(ctx, []*User{{Username: "Ö"}}), context.Canceled)
	ada := &User{Username: "Ada"}
	require.NoError(t, s.Fold(ctx, []*User{ada}), "ASCII needs no connection")
	require.Equal(t, Keys{Username: "ada", Words: "ada"}, ada.Keys)
}
