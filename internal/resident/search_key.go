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

// searchKeysOf returns the keys of a user's username, of the first and last name, and of the last and first name.
func searchKeysOf(u *changes.User) (keys searchKeys) {
	keys[byUsername] = searchKey{foldSearch(u.Username), true}
	if u.Username == keys[byUsername].text {
		keys[byUsername].text = u.Username // one copy of the text
	}
	keys[byFirstname] = nameKey(u.Firstname, u.Lastname)
	keys[byLastname] = nameKey(u.Lastname, u.Firstname)
	return keys
}

func nameKey(name, other *string) searchKey {
	switch {
	case name == nil:
		return searchKey{}
	case other == nil:
		return searchKey{foldSearch(*name + " "), true}
	default:
		return searchKey{foldSearch(*name + " " + *other), true}
	}
}

// maxSearchKey is the maximum length of a search key, in characters.
const maxSearchKey = 200

// foldSearch returns a text without differences in case, accents and composition. It is the expression of
// internal/store/sql/search_key.sql.
func foldSearch(s string) string {
	if ascii(s) {
		return strings.ToLower(s[:min(len(s), maxSearchKey)])
	}
	folded := strings.Map(baseLetter, cases.Lower(language.Und).String(norm.NFKD.String(s)))
	folded = strings.ReplaceAll(folded, "ß", "ss")
	count := 0
	for i := range folded {
		if count == maxSearchKey {
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
