package resident

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"followgraph/internal/changes"
)

// searchKey is the folded form of a text that a stage of a search looks at; valid is false if the text is null.
type searchKey struct {
	text  string
	valid bool
}

type searchKeys [3]searchKey

// searchKeysOf returns the keys of a user's username, of the first and last name, and of the last and first name. If the
// first key equals the username, it is the same string.
func searchKeysOf(u *changes.User, username string) searchKeys {
	keys := searchKeys{{u.Keys.Username, true}, {u.Keys.Firstname, u.Firstname != nil}, {u.Keys.Lastname, u.Lastname != nil}}
	if username == u.Keys.Username {
		keys[byUsername].text = username
	}
	return keys
}

// foldedKeys returns the keys as they were before searchKeysOf.
func (k *searchKeys) foldedKeys() changes.Keys {
	return changes.Keys{Username: k[byUsername].text, Firstname: k[byFirstname].text, Lastname: k[byLastname].text}
}

// searchKeyLength is the maximum length of a search key, in characters.
const searchKeyLength = 200

// foldSearch returns a text that a caller searches for without differences in case, accents and composition. It is the
// expression of internal/store/sql/search_key.sql, by the Unicode tables of Go. Those of PostgreSQL decide for the keys
// of users, which come with the rows: a newer version decomposes a few more letters than an older one.
func foldSearch(s string) string {
	if ascii(s) {
		return strings.ToLower(s[:min(len(s), searchKeyLength)])
	}
	folded := strings.Map(baseLetter, cases.Lower(language.Und).String(norm.NFKD.String(s)))
	folded = strings.ReplaceAll(folded, "ß", "ss")
	count := 0
	for i := range folded {
		if count == searchKeyLength {
			return folded[:i]
		}
		count++
	}
	return folded
}

// baseLetter drops the marks of the block Combining Diacritical Marks, and replaces letters that neither NFKD nor lower
// case brings together.
func baseLetter(r rune) rune {
	switch r {
	case 'ς':
		return 'σ'
	case 'ᲀ':
		return 'в'
	case 'ᲁ':
		return 'д'
	case 'ᲂ':
		return 'о'
	case 'ᲃ':
		return 'с'
	case 'ᲄ', 'ᲅ':
		return 'т'
	case 'ᲆ':
		return 'ъ'
	case 'ᲇ':
		return 'ѣ'
	case 'ᲈ':
		return 'ꙋ'
	case 'ø':
		return 'o'
	case 'ł':
		return 'l'
	case 'đ':
		return 'd'
	case 'ħ':
		return 'h'
	case 'ı':
		return 'i'
	}
	if '\u0300' <= r && r <= '\u036F' {
		return -1
	}
	return r
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// foldCase returns a text in the form that all texts share that differ in case alone, as the expression of
// internal/store/sql/letter_case.sql does in a database whose locale has lower case for all letters.
func foldCase(s string) string { return strings.Map(unicode.ToLower, s) }

// FoldASCII is foldCase in a database whose locale has lower case for the letters A to Z alone, such as C.
func FoldASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
