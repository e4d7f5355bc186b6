package resident

import (
	"context"
	"testing"
	"unicode"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/testdb"
)

// TestFoldSearchEqualsSQL compares the folded form of every letter that Go knows with that of the search index, alone
// and within a text.
func TestFoldSearchEqualsSQL(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(t.Context(), testdb.New(t))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	var expression string
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT pg_get_indexdef('ix_users_username_search'::regclass, 1, false)`).Scan(&expression))
	var texts []string
	for r := rune(1); r <= unicode.MaxRune; r++ {
		if r >= 0xD800 && r <= 0xDFFF || !unicode.In(r, unicode.L, unicode.M, unicode.N) ||
			0x1E030 <= r && r <= 0x1E06D { // PostgreSQL 15 has Unicode 14, where these letters did not exist
			continue
		}
		texts = append(texts, string(r), "A"+string(r)+"É", "ΑΣ"+string(r)+"Σ")
	}
	rows, err := conn.Query(t.Context(), `SELECT username, `+expression+` FROM unnest($1::varchar[]) AS t (username)`, texts)
	require.NoError(t, err)
	n, different := 0, 0
	for rows.Next() {
		var text, want string
		require.NoError(t, rows.Scan(&text, &want))
		n++
		if got := foldSearch(text); got != want {
			if different++; different < 40 {
				t.Errorf("%q (%U): %q, not %q", text, []rune(text), got, want)
			}
		}
	}
	require.NoError(t, rows.Err())
	require.Equal(t, len(texts), n)
	require.Zero(t, different)
}
