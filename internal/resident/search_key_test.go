package resident

import (
	"context"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/changes"
	"followgraph/internal/store/searchkey"
	"followgraph/internal/testdb"
)

// TestKeysEqualSQL compares the search key and the lower case of every character with those of the database, alone and
// within a text, in databases of different locales.
func TestKeysEqualSQL(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"usual": testdb.New(t), "in C": testdb.NewInC(t), "with ICU": testdb.NewWithICU(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := pgx.Connect(t.Context(), url)
			require.NoError(t, err)
			t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
			var from letters
			require.NoError(t, changes.Letters(t.Context(), conn, func(l changes.Letter) error { from.addLetter(l); return nil }))
			require.NotEmpty(t, from.keys)
			require.NotEmpty(t, from.lower)
			var texts []string
			for r := rune(1); r <= 0x33FFF; r++ { // the planes after it have no characters with other forms
				if !utf8.ValidRune(r) {
					continue
				}
				texts = append(texts, string(r), "AΣ"+string(r)+"É")
				if unicode.Is(changes.Stable, r) { // whether a newer mark moves before an older one depends on the database
					texts = append(texts, "É"+string(r)+"Σ")
				}
			}
			rows, err := conn.Query(t.Context(), `SELECT c, `+searchkey.SQL("c")+`, `+searchkey.Folded("c")+`, `+searchkey.Words("c")+` FROM unnest($1::varchar[]) AS t (c)`, texts)
			require.NoError(t, err)
			n, different := 0, 0
			for rows.Next() {
				var text, key, lower, words string
				require.NoError(t, rows.Scan(&text, &key, &lower, &words))
				n++
				if gotKey, gotLower, gotWords := from.searchKey(text), from.fold(text), from.wordsOf(text); gotKey != key || gotLower != lower || gotWords != words {
					if different++; different < 40 {
						t.Errorf("%q (%U): %q, %q and %q, not %q, %q and %q", text, []rune(text), gotKey, gotLower, gotWords, key, lower, words)
					}
				}
			}
			require.NoError(t, rows.Err())
			require.Equal(t, len(texts), n)
			require.Zero(t, different)
		})
	}
}
