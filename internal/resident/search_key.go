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

// letters are the characters that a database replaces otherwise than Go does, or may. They do not change once the graph
// is loaded.
type letters struct {
	keys  map[rune]string // the search keys of characters newer than changes.Stable, unless they are the characters
	lower map[rune]string // the lower case of characters, unless it is the character; nil: that of Go
}

func (l *letters) addLetter(letter changes.Letter) {
	if text := string(letter.Character); letter.Key != text {
		if l.keys == nil {
			l.keys = map[rune]string{}
		}
		l.keys[letter.Character] = letter.Key
	}
	if l.lower == nil {
		l.lower = map[rune]string{}
	}
	l.lower[letter.Character] = letter.Lower
}

// searchKey returns a text that a caller searches for without differences in case, accents and composition. It is the
// expression of internal/store/sql/search_key.sql. Characters that Unicode tables of different age treat differently
// have the key that the database gives them.
func (l *letters) searchKey(s string) string {
	if ascii(s) {
		return strings.ToLower(s[:min(len(s), searchKeyLength)])
	}
	var folded strings.Builder
	for len(s) > 0 {
		n := strings.IndexFunc(s, isNew)
		if n < 0 {
			n = len(s)
		}
		folded.WriteString(strings.Map(baseLetter, cases.Lower(language.Und).String(norm.NFKD.String(s[:n]))))
		s = s[n:]
		for r, n := utf8.DecodeRuneInString(s); n > 0 && isNew(r); r, n = utf8.DecodeRuneInString(s) {
			if key, ok := l.keys[r]; ok {
				folded.WriteString(key)
			} else {
				folded.WriteString(s[:n])
			}
			s = s[n:]
		}
	}
	key := strings.ReplaceAll(folded.String(), "ß", "ss")
	count := 0
	for i := range key {
		if count == searchKeyLength {
			return key[:i]
		}
		count++
	}
	return key
}

func isNew(r rune) bool { return r >= utf8.RuneSelf && !unicode.Is(changes.Stable, r) }

// fold returns a username in the form that all usernames share that differ in case alone. It is the expression of
// internal/store/sql/letter_case.sql, in the locale of the database.
func (l *letters) fold(s string) string {
	if l.lower == nil {
		return strings.Map(unicode.ToLower, s)
	}
	var folded strings.Builder
	for _, r := range s {
		if lower, ok := l.lower[r]; ok {
			folded.WriteString(lower)
		} else {
			folded.WriteRune(r)
		}
	}
	return folded.String()
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
