// Package surrogate finds escapes that stand for half a character. Such an escape names no text: decoders put another
// character in its place, and two texts become one.
package surrogate

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// InJSON returns the place of the first escape in valid JSON that is a surrogate and no pair with the next one (RFC 8259,
// 8.2), -1 where there is none.
func InJSON(text []byte) int {
	for at := 0; ; {
		next := bytes.IndexByte(text[at:], '\\')
		if next < 0 {
			return -1
		}
		at += next
		size, ok := escape(text[at:])
		if !ok {
			return at
		}
		at += size
	}
}

// InGraphQL returns the place of the first escape in a string of a document that is a surrogate and no pair with the next one
// ("GraphQL", 2.9.4 String Value), -1 where there is none. A block string has no such escapes, and neither has a comment.
// What is wrong with the text otherwise is the parser's to find.
func InGraphQL(text string) int {
	if !strings.Contains(text, `\ud`) && !strings.Contains(text, `\uD`) { // as nearly always
		return -1
	}
	for at := 0; at < len(text); {
		switch rest := text[at:]; {
		case rest[0] == '#':
			at += length(rest, strings.IndexAny(rest, "\r\n"))
		case strings.HasPrefix(rest, `"""`):
			at += 3 + block(rest[3:])
		case rest[0] == '"':
			size, half := quoted(rest)
			if half >= 0 {
				return at + half
			}
			at += size
		default:
			at++
		}
	}
	return -1
}

// length is the place that was found in a text, its end where none was.
func length(text string, found int) int {
	if found < 0 {
		return len(text)
	}
	return found
}

// block is how long the rest of a block string is, behind its first quotes.
func block(text string) int {
	for at := 0; at < len(text); {
		switch rest := text[at:]; {
		case strings.HasPrefix(rest, `\"""`):
			at += 4
		case strings.HasPrefix(rest, `"""`):
			return at + 3
		default:
			at++
		}
	}
	return len(text)
}

// quoted is how long a string is that a text begins with, and where in it half a character is, or -1.
func quoted(text string) (size, half int) {
	for at := 1; at < len(text); {
		switch text[at] {
		case '\\':
			size, ok := escape([]byte(text[at:min(at+12, len(text))]))
			if !ok {
				return 0, at
			}
			at += size
		case '"', '\n', '\r':
			return at + 1, -1
		default:
			at++
		}
	}
	return len(text), -1
}

// escape is how long the escape is that a text begins with, a pair of surrogates counted as one; ok is false where it is half
// a character.
func escape(text []byte) (size int, ok bool) {
	switch first := unit(text); {
	case first < 0:
		return min(2, len(text)), true // of one character, or none that the parser will take
	case !utf16.IsSurrogate(first):
		return 6, true
	case utf16.DecodeRune(first, unit(text[6:])) == utf8.RuneError:
		return 0, false
	default:
		return 12, true
	}
}

// unit is the code unit that an escape of the form \uXXXX at the beginning stands for, -1 where there is none.
func unit(text []byte) rune {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return -1
	}
	value, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(value)
}
