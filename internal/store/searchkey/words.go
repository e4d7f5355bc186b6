package searchkey

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// The limits of words, in characters. A search sees the first MaxText characters of the texts of a user, and the first
// MaxWord characters of a word.
const (
	MaxText = 1000
	MaxWord = 100
	// Short is the length up to which the beginnings of words are in the index as they are. Longer ones are ranges of it.
	Short = 3
)

// punctuation are the ASCII characters that separate words. The apostrophe is none: it is left out, so that O'Brien is
// the word obrien. Words have no character with a meaning in a tsquery or in a pattern of LIKE.
const punctuation = "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~"

// The characters beyond ASCII that are left out, and those that separate words, as ranges. They are compared after
// normalization and lower case, so that compatibility forms are not among them.
var (
	invisible = []rune{
		0xAD, 0xAD, 0x300, 0x36F, 0x5F3, 0x5F4, 0x640, 0x640, 0x200B, 0x200F, 0x202A, 0x202E, 0x2060, 0x206F, 0xFE00, 0xFE0F, 0xFEFF, 0xFEFF,
	}
	separators = []rune{
		0xA1, 0xBF, 0xD7, 0xD7, 0xF7, 0xF7, 0x5BE, 0x5BE, 0x5C0, 0x5C0, 0x5C3, 0x5C3, 0x60C, 0x60C, 0x61B, 0x61B, 0x61F, 0x61F, 0x66A, 0x66D,
		0x6D4, 0x6D4, 0x964, 0x965, 0x2010, 0x205F, 0x2E00, 0x2E7F, 0x3001, 0x3003, 0x3008, 0x3020, 0x3030, 0x3030, 0x303D, 0x303D,
		0x30A0, 0x30A0, 0x30FB, 0x30FB,
	}
)

// Words returns the expression for the words of a text, which is an SQL expression too: in the form of search keys,
// without punctuation, with one space between two words. It depends on nothing but the text.
//
// The characters ’ ‘ ʼ are apostrophes, as in search keys. Texts of ASCII alone take a shorter way to the same result.
func Words(text string) string {
	folded := `replace(replace(replace(replace(translate(regexp_replace(lower(normalize(TEXT, NFKD) COLLATE "und-x-icu"), ` +
		class(invisible) + `, '', 'g'), 'ςᲀᲁᲂᲃᲄᲅᲆᲇᲈøłđħıðŧ’‘ʼ', 'σвдосттъѣꙋoldhidt'''''''), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th')`
	spaced := `CASE WHEN octet_length(TEXT) = length(TEXT) THEN lower(TEXT COLLATE "und-x-icu") ELSE regexp_replace(` + folded + `, ` + class(separators) + `, ' ', 'g') END`
	escaped := strings.ReplaceAll(punctuation, `\`, `\\`)
	return strings.ReplaceAll(`btrim(regexp_replace(left(translate(`+spaced+`, E'`+escaped+`''', '`+strings.Repeat(" ", len(punctuation))+`'), 1000) COLLATE "C", '  +', ' ', 'g'), ' ')`,
		"TEXT", "("+text+")")
}

// class returns ranges of characters as a bracket expression.
func class(ranges []rune) string {
	var text strings.Builder
	text.WriteString(`U&'[`)
	for i := 0; i < len(ranges); i += 2 {
		fmt.Fprintf(&text, `\%04X`, ranges[i])
		if ranges[i] < ranges[i+1] {
			fmt.Fprintf(&text, `-\%04X`, ranges[i+1])
		}
	}
	return text.String() + `]'`
}

// Name returns the expression for the words of the first and the last name. of is the prefix of the columns of users,
// such as "u.".
func Name(of string) string {
	return Words(columns(of, `coalesce(OFfirstname, '') || ' ' || coalesce(OFlastname, '')`))
}

// UserWords returns the expression for all words of a user: those of the username, the first name and the last name. If
// the names have other letters than those of ASCII, they are followed by the two names as one word, in both orders: many
// scripts are written without spaces. of is as in Name.
func UserWords(of string) string {
	return Words(columns(of, `OFusername || ' ' || coalesce(OFfirstname, '') || ' ' || coalesce(OFlastname, '') || `+
		`CASE WHEN octet_length(OFfirstname || OFlastname) <> length(OFfirstname || OFlastname) `+
		`THEN ' ' || replace(OFfirstname || OFlastname, ' ', '') || ' ' || replace(OFlastname || OFfirstname, ' ', '') ELSE '' END`))
}

// Tokens returns the expression for what the index of words contains of a user: each word, cut at MaxWord characters,
// and its first one to Short characters with a full stop, so that a search for a short word reads one list instead of
// those of all words that begin with it. of is as in Name.
func Tokens(of string) string {
	return `array_to_tsvector(string_to_array(regexp_replace(` + UserWords(of) + `, '([^ ])([^ ]?)([^ ]?)([^ ]{0,97})[^ ]*', ` +
		`E'\\1. \\1\\2. \\1\\2\\3. \\1\\2\\3\\4', 'g'), ' '))`
}

func columns(of, expression string) string { return strings.ReplaceAll(expression, "OF", of) }

// SplitFolded is [Words] of a text that is already in the form of search keys, but not cut at [Length].
func SplitFolded(folded string) string {
	var words strings.Builder
	words.Grow(min(len(folded), MaxText*utf8.UTFMax))
	space, count := false, 0
	for _, r := range folded {
		switch {
		case r == '\'' || r >= utf8.RuneSelf && within(r, invisible):
			continue
		case count == MaxText:
			return words.String()
		case r == ' ' || r < utf8.RuneSelf && strings.ContainsRune(punctuation, r) || r >= utf8.RuneSelf && within(r, separators):
			space = true
		default:
			if space && words.Len() > 0 {
				words.WriteByte(' ')
			}
			space = false
			words.WriteRune(r)
		}
		count++
	}
	return words.String()
}

func within(r rune, ranges []rune) bool {
	for i := 0; i < len(ranges); i += 2 {
		if ranges[i] <= r && r <= ranges[i+1] {
			return true
		}
	}
	return false
}

// Query returns the words that a search looks for, cut at MaxWord characters, given its text as [Words] returns it.
func Query(words string) []string {
	var list []string
	for word := range strings.FieldsFuncSeq(words, func(r rune) bool { return r == ' ' }) {
		count := 0
		for i := range word {
			if count == MaxWord {
				word = word[:i]
				break
			}
			count++
		}
		list = append(list, word)
	}
	return list
}

// Orders returns the names that a search finds exactly: its words, and its words with some first ones moved to the end,
// because a full name is written in either order.
func Orders(words string) []string {
	if words == "" {
		return nil
	}
	orders := []string{words}
	for i := range len(words) {
		if words[i] == ' ' {
			orders = append(orders, words[i+1:]+" "+words[:i])
		}
	}
	return orders
}
