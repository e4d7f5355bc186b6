package profile

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

const (
	graphemeJoiner = '\u034f'
	nonJoiner      = '\u200c'
	joiner         = '\u200d'
	virama         = 9 // canonical combining class of the marks that remove a consonant's vowel
)

// maxUnreadText is the maximum length of a text that is parsed, in bytes. 255 characters have at most 1,020 bytes. The
// rest can only be marks that are composed with a character, and characters that are dropped.
const maxUnreadText = 8 << 10

var (
	errText  = fmt.Errorf("must have at most %d characters and no control characters", MaxText)
	errMarks = errors.New("must have at most 30 combining marks on one letter")
)

// ParseText returns a name or place in the form in which it is stored: in NFC, trimmed, and without invisible and
// direction-changing characters. The result may be empty.
//
// Invisible characters are dropped, not refused. They are often copied from documents and web pages, and users can
// neither see nor remove them.
func ParseText(s string) (string, error) {
	if len(s) > maxUnreadText || !printable(s) {
		return "", errText
	}
	text := s
	// Dropping a character can let two others compose, so several passes may be needed.
	for {
		composed := norm.NFC.String(text)
		if strings.ContainsRune(composed, graphemeJoiner) && !strings.ContainsRune(text, graphemeJoiner) {
			return "", errMarks // x/text's NFC cuts longer runs (UAX #15, section 13), so the result would not be stable
		}
		next := strings.TrimSpace(visible(composed))
		if next == text {
			break
		}
		text = next
	}
	if utf8.RuneCountInString(text) > MaxText {
		return "", errText
	}
	return text, nil
}

// Visible reports whether a text has no invisible and no direction-changing characters.
func Visible(s string) bool { return visible(s) == s }

// Composed reports whether a text is in NFC.
func Composed(s string) bool { return norm.NFC.IsNormalString(s) }

// visible returns s without its invisible and direction-changing characters. U+200C and U+200D stay where they change
// how letters are written, as in Persian and in Indic scripts. Elsewhere they only create look-alikes. An emoji
// sequence that they join becomes several emoji.
func visible(s string) string {
	if ascii(s) {
		return s
	}
	var kept strings.Builder
	for i, r := range s {
		width := utf8.RuneLen(r)
		if !hidden(r) || (r == joiner || r == nonJoiner) && joins(s, i, i+width) {
			kept.WriteRune(r)
		}
	}
	return kept.String()
}

// blank are characters whose glyph is empty, although their category has glyphs.
const blank = "\u2800\U0001d159"

// hidden reports whether a character is invisible or changes the text direction: format characters (Cf), characters
// that are ignored by default (UAX #44, Default_Ignorable_Code_Point), and code points that are not characters.
func hidden(r rune) bool {
	return r > unicode.MaxASCII && (unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point,
		unicode.Variation_Selector, unicode.Noncharacter_Code_Point) || strings.ContainsRune(blank, r))
}

// joiners implements RFC 5892, appendix A.1 and A.2.
var joiners = idna.New(idna.CheckJoiners(true))

// joins reports whether RFC 5892 allows the joiner in s[from:to]. The check uses the letters before and after it, with
// their marks.
func joins(s string, from, to int) bool {
	last, size := utf8.DecodeLastRuneInString(s[:from])
	if size == 0 {
		return false
	}
	if norm.NFC.PropertiesString(string(last)).CCC() == virama {
		return true
	}
	before := strings.LastIndexFunc(s[:from], letter)
	after := strings.IndexFunc(s[to:], letter)
	if before < 0 || after < 0 {
		return false
	}
	_, size = utf8.DecodeRuneInString(s[to+after:])
	_, err := joiners.ToUnicode(s[before : to+after+size])
	return err == nil
}

func letter(r rune) bool { return !unicode.Is(unicode.Mn, r) }

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// printable also refuses NUL and invalid UTF-8, which PostgreSQL cannot store.
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp)
	})
}
