package store

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/unicode/rangetable"

	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/store/searchkey"
	"followgraph/internal/testdb"
)

// searchIDs searches for a text and returns the ids of the matching users.
func searchIDs(t *testing.T, s *Store, query string) []string {
	t.Helper()
	pages, err := s.Pages(t.Context(), []model.ConnectionKey{{Kind: page.Search, Query: query, Page: page.Request{Limit: 100}}})
	require.NoError(t, err)
	var list []string
	for _, edge := range pages[0] {
		list = append(list, edge.UserID)
	}
	return list
}

// TestSearchSpelling checks that a search finds a name in every spelling, in databases of any locale.
func TestSearchSpelling(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"usual": testdb.New(t), "in C": testdb.NewInC(t), "with ICU": testdb.NewWithICU(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := Open(t.Context(), url, Options{})
			require.NoError(t, err)
			t.Cleanup(s.Close)
			for _, user := range [][3]string{
				{"ada", "Ada", "Lovelace"}, {"mueller", "J\u00fcrgen", "M\u00fcller"}, {"decomposed", "Jose\u0301", "Mun\u0303oz"},
				{"odysseus", "ΟΔΥΣΣΕΥΣ", "Παπαδόπουλος"}, {"strasse", "Max", "Strauß"}, {"han", "한", "국"}, {"istanbul", "İpek", "Işık"},
				{"soren", "Søren", "Kierkegaard"}, {"aelfric", "Ælfric", "Bæda"}, {"oeuvre", "Hélène", "Cœur"}, {"thor", "Þórður", "Guðmundsson"},
				{"obrien", "Conan", "O’Brien"}, {"marie", "Marie‐Claire", "Đặng"}, {"aino", "Áigi", "Ŧođđi"}, {"ivan", "ИВАН", "Грозный"}, {"lukasz", "Łukasz", "Żak"}, {"long", strings.Repeat("ﷺ", 255), strings.Repeat("ﷺ", 255)},
			} {
				execute(t, s, `INSERT INTO users (cognito_id, username, firstname, lastname, phone_number, password_hash)
					VALUES ($1, $1, $2, $3, $4, '!')`, user[0], user[1], user[2], "+999"+user[0])
			}
			for query, want := range map[string]string{
				"Ada L": "ada", "ada lovelace": "ada", "ADA LOVE": "ada", "Lovelace A": "ada", "lovelace ada": "ada",
				"Müller": "mueller", "Mu\u0308ller": "mueller", "MULLER": "mueller", "jürgen mü": "mueller",
				"Mu\u00f1oz": "decomposed", "jos\u00e9 mu\u00f1": "decomposed", "munoz": "decomposed",
				"οδυσσεύς": "odysseus", "οδυσσευσ": "odysseus", "παπαδοπουλοΣ": "odysseus",
				"STRAUSS": "strasse", "strauß": "strasse", "Strauẞ": "strasse",
				"\u1112\u1161\u11ab": "han", "한 국": "han",
				"ipek": "istanbul", "IŞIK": "istanbul", "ışık": "istanbul", "isik": "istanbul",
				"soren": "soren", "SØREN": "soren", "иван": "ivan", "Иван гр": "ivan", "грозныи": "ivan", "lukasz zak": "lukasz",
				"aelfric": "aelfric", "ÆLFRIC B": "aelfric", "baeda": "aelfric", "coeur": "oeuvre", "cŒur": "oeuvre", "helene coe": "oeuvre",
				"thordur": "thor", "þorð": "thor", "GUDMUND": "thor", "O'Brien": "obrien", "o’brien": "obrien", "marie-claire dang": "marie", "toddi": "aino",
				strings.Repeat("ﷺ", 100): "long",
			} {
				require.Equal(t, []string{want}, searchIDs(t, s, query), query)
			}
			require.Empty(t, searchIDs(t, s, "Ada M"))
			require.Empty(t, searchIDs(t, s, "velace"))
		})
	}
}

// TestSearchKeyFolds checks that the folded form is the same for all letters that Unicode's full case folding treats as
// equal. It leaves out letters that the database may not know.
func TestSearchKeyFolds(t *testing.T) {
	t.Parallel()
	s := open(t)
	var letters, folds []string
	for r := rune(1); r <= unicode.MaxRune; r++ {
		letter := string(r)
		if strings.ContainsRune(norm.NFKD.String(letter), '\u0345') {
			continue // the iota below a Greek letter counts as a mark, which people omit
		}
		if fold := norm.NFC.String(cases.Fold().String(letter)); unicode.IsLetter(r) && unicode.Is(oldLetters, r) && fold != letter {
			letters, folds = append(letters, letter), append(folds, fold)
		}
	}
	require.Greater(t, len(letters), 1200)
	rows, err := s.pool.Query(t.Context(), searchKeys, letters, folds)
	require.NoError(t, err)
	defer rows.Close()
	var different []string
	for rows.Next() {
		var letter, fold string
		require.NoError(t, rows.Scan(&letter, &fold))
		different = append(different, letter+" "+fold)
	}
	require.NoError(t, rows.Err())
	require.Empty(t, different)
}

var searchKeys = func() string {
	var sql strings.Builder
	for _, part := range []string{
		`SELECT a, b FROM unnest($1::text[], $2::text[]) AS u (a, b) WHERE `, "a", ` <> `, "b",
	} {
		if len(part) > 1 {
			sql.WriteString(part)
			continue
		}
		if err := templates.ExecuteTemplate(&sql, "search key", part); err != nil {
			panic(err)
		}
	}
	return sql.String()
}()

// TestSearchKeyIsTheSameExpression holds the template of searches to the expression of the indexes and of the graph in
// memory.
func TestSearchKeyIsTheSameExpression(t *testing.T) {
	t.Parallel()
	var sql strings.Builder
	require.NoError(t, templates.ExecuteTemplate(&sql, "search key", "(u.username)"))
	require.Equal(t, searchkey.SQL("u.username"), sql.String())
	sql.Reset()
	require.NoError(t, templates.ExecuteTemplate(&sql, "folded", "u.username"))
	require.Equal(t, searchkey.Folded("u.username"), sql.String())
}

// oldLetters are the characters that every database knows; see changes.Stable.
var oldLetters = rangetable.Assigned("10.0.0")
