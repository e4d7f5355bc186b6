package resident

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"followgraph/internal/changes"
	"followgraph/internal/store/searchkey"
)

// userKeys are the search keys of an account; see changes.Keys.
type userKeys struct{ username, name, words string }

// userKeysOf returns the keys of a user. They share the memory of texts that they equal.
func userKeysOf(u *changes.User, username string) userKeys {
	keys := userKeys{u.Keys.Username, u.Keys.Name, u.Keys.Words}
	if username == keys.username {
		keys.username = username
	}
	if i := strings.Index(keys.words, keys.name); i >= 0 {
		keys.name = keys.words[i : i+len(keys.name)]
	}
	return keys
}

// keys returns the keys as they were before userKeysOf.
func (k *userKeys) keys() changes.Keys {
	return changes.Keys{Username: k.username, Name: k.name, Words: k.words}
}

// searchKeyLength is the maximum length of a search key, in characters.
const searchKeyLength = 200

// letters are the characters newer than changes.Stable that a database replaces. They do not change once the graph is
// loaded.
type letters struct {
	keys  map[rune]string // their search keys, unless they are the characters
	lower map[rune]string // their folded forms, unless they are the characters
}

func (l *letters) addLetter(letter changes.Letter) {
	text := string(letter.Character)
	if letter.Key != text {
		if l.keys == nil {
			l.keys = map[rune]string{}
		}
		l.keys[letter.Character] = letter.Key
	}
	if letter.Lower != text {
		if l.lower == nil {
			l.lower = map[rune]string{}
		}
		l.lower[letter.Character] = letter.Lower
	}
}

// searchKey returns a text that a caller searches for without differences in case, accents and composition. It is the
// expression of internal/store/sql/search_key.sql. Characters that Unicode tables of different age treat differently
// have the key that the database gives them.
func (l *letters) searchKey(s string) string {
	if ascii(s) {
		return strings.ToLower(s[:min(len(s), searchKeyLength)])
	}
	key := l.plain(s)
	count := 0
	for i := range key {
		if count == searchKeyLength {
			return key[:i]
		}
		count++
	}
	return key
}

// plain returns a text in the form of search keys, at any length.
func (l *letters) plain(s string) string {
	if ascii(s) {
		return strings.ToLower(s)
	}
	return expanded.Replace(replace(s, norm.NFKD, baseLetter, l.keys))
}

// wordsOf returns the words of a text that a caller searches for. It is the expression of searchkey.Words.
func (l *letters) wordsOf(s string) string { return searchkey.SplitFolded(l.plain(s)) }

// fold returns a username in the form that all usernames share that differ in case or composition alone. It is the
// expression of internal/store/sql/letter_case.sql.
func (l *letters) fold(s string) string {
	if ascii(s) {
		return strings.ToLower(s)
	}
	return strings.ReplaceAll(replace(s, norm.NFD, foldedLetter, l.lower), "ß", "ss")
}

// replace returns a text in a normal form and in lower case, with letters replaced. The characters newer than
// changes.Stable are replaced as newer says.
func replace(s string, form norm.Form, letter func(rune) rune, newer map[rune]string) string {
	var replaced strings.Builder
	for len(s) > 0 {
		n := strings.IndexFunc(s, isNew)
		if n < 0 {
			n = len(s)
		}
		replaced.WriteString(strings.Map(letter, cases.Lower(language.Und).String(form.String(s[:n]))))
		s = s[n:]
		for r, n := utf8.DecodeRuneInString(s); n > 0 && isNew(r); r, n = utf8.DecodeRuneInString(s) {
			if text, ok := newer[r]; ok {
				replaced.WriteString(text)
			} else {
				replaced.WriteString(s[:n])
			}
			s = s[n:]
		}
	}
	return replaced.String()
}

func isNew(r rune) bool { return r >= utf8.RuneSelf && !unicode.Is(changes.Stable, r) }

// expanded replaces the letters that people without them type as two.
var expanded = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "þ", "th")

// baseLetters and foldedLetters are the letters that search keys and folded forms replace after normalization and lower
// case.
var (
	baseLetters   = pairs("ςᲀᲁᲂᲃᲄᲅᲆᲇᲈøłđħıðŧ’‘ʼ‐–", "σвдосттъѣꙋoldhidt'''--")
	foldedLetters = pairs("ςſµϐϑϕϖϰϱϵᲀᲁᲂᲃᲄᲅᲆᲇᲈ", "σsμβθφπκρεвдосттъѣꙋ")
)

func pairs(from, to string) map[rune]rune {
	replacements, targets := map[rune]rune{}, []rune(to)
	for i, r := range []rune(from) {
		replacements[r] = targets[i]
	}
	return replacements
}

// baseLetter also drops the marks of the block Combining Diacritical Marks.
func baseLetter(r rune) rune {
	if '\u0300' <= r && r <= '\u036F' {
		return -1
	}
	return replaceLetter(r, baseLetters)
}

func foldedLetter(r rune) rune { return replaceLetter(r, foldedLetters) }

func replaceLetter(r rune, replacements map[rune]rune) rune {
	if r < utf8.RuneSelf {
		return r
	}
	if other, ok := replacements[r]; ok {
		return other
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
