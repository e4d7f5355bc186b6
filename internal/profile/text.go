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
	virama         = 9 // the canonical combining class of the marks that take a consonant's vowel away
)

// maxUnreadText is the bytes of a text that is not read any further. 255 characters have at most 1020 bytes; what else
// there is are marks that become part of a character, and characters that are dropped.
const maxUnreadText = 8 << 10

var (
	errText  = fmt.Errorf("a name or place has at most %d characters, none of them a control character", MaxText)
	errMarks = errors.New("a name or place has at most 30 marks on one letter")
)

// ParseText returns a name or place in the form in which it is kept: in NFC, without invisible and direction-changing
// characters and without blanks around it. The result may be empty.
//
// Invisible characters are dropped and not refused. They come along when a name is copied from a document or a web page;
// the person who typed the name neither sees them nor can take them out.
func ParseText(s string) (string, error) {
	if len(s) > maxUnreadText || !printable(s) {
		return "", errText
	}
	text := s
	// A character that is dropped may have kept two others from becoming one, hence several rounds.
	for {
		composed := norm.NFC.String(text)
		if strings.ContainsRune(composed, graphemeJoiner) && !strings.ContainsRune(text, graphemeJoiner) {
			return "", errMarks // NFC as x/text makes it cuts longer runs (UAX #15, section 13): it would not be stable
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

// Visible reports whether a text has neither invisible nor direction-changing characters.
func Visible(s string) bool { return visible(s) == s }

// Composed reports whether a text is in NFC.
func Composed(s string) bool { return norm.NFC.IsNormalString(s) }

// visible returns s without its invisible and direction-changing characters. U+200C and U+200D stay where they change
// how letters are written, as in Persian and in the scripts of India; everywhere else they only make look-alikes. So a
// sequence of emoji that they join becomes several emoji.
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

// blank are characters that have a glyph by their category, which is empty.
const blank = "\u2800\U0001d159"

// hidden reports whether a character is not seen, or changes the direction of the text around it: all format characters
// (Cf), the characters that are ignored by default (UAX #44, Default_Ignorable_Code_Point), and code points that are no
// characters.
func hidden(r rune) bool {
	return r > unicode.MaxASCII && (unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point,
		unicode.Variation_Selector, unicode.Noncharacter_Code_Point) || strings.ContainsRune(blank, r))
}

// joiners knows the rules of RFC 5892, appendix A.1 and A.2.
var joiners = idna.New(idna.CheckJoiners(true))

// joins reports whether the joiner in s[from:to] stands where the rules of RFC 5892 have one. They are asked about the
// letter before it and the letter after it, with their marks.
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

// printable also keeps out NUL and broken UTF-8, which PostgreSQL cannot store.
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp)
	})
}
