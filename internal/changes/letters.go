package changes

import (
	"context"
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"golang.org/x/text/unicode/rangetable"

	"followgraph/internal/store/searchkey"
)

// Letter is a character newer than [Stable] that a database replaces when it compares texts.
type Letter struct {
	Character rune
	Key       string // its search key
	Lower     string // its form in a comparison that ignores case
}

// Stable are the characters of Unicode 10. Their normalization never changes (Unicode Standard Annex 15, Stability of
// Normalized Forms), and all databases that can be streamed know them: PostgreSQL 15 has the tables of Unicode 14, but the
// ICU below it is often older, such as 60 with Unicode 10 in Red Hat Enterprise Linux 8. The search keys and folded forms
// of newer ones depend on the tables of the database.
var Stable = rangetable.Assigned("10.0.0")

// planes is the end of the planes of Unicode that have letters with other forms. Those after it have ideographs and
// characters for private use.
const planes = 0x20000

// lettersSQL reads the letters among $1.
var lettersSQL = `SELECT n, key, lower FROM (
	SELECT n, c, ` + searchkey.SQL("c") + ` AS key, ` + searchkey.Folded("c") + ` AS lower
	FROM (SELECT n, chr(n) AS c FROM unnest($1::int[]) AS n OFFSET 0) AS newer
) AS letters WHERE key <> c OR lower <> c`

// Letters calls visit for the letters of a database.
func Letters(ctx context.Context, conn *pgx.Conn, visit func(Letter) error) error {
	var newer []int32
	for r := rune(utf8.RuneSelf); r < planes; r++ {
		if utf8.ValidRune(r) && !unicode.Is(Stable, r) {
			newer = append(newer, r)
		}
	}
	rows, err := conn.Query(ctx, lettersSQL, newer)
	if err != nil {
		return fmt.Errorf("load the letters: %w", err)
	}
	var l Letter
	_, err = pgx.ForEachRow(rows, []any{&l.Character, &l.Key, &l.Lower}, func() error { return visit(l) })
	if err != nil {
		return fmt.Errorf("load the letters: %w", err)
	}
	return nil
}
