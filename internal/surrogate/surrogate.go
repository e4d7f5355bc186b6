// Package surrogate finds escapes of unpaired surrogates in JSON and GraphQL. Such an escape is not a character:
// decoders replace it, so that two different texts become equal.
package surrogate

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// InJSON returns the position of the first escape of an unpaired surrogate in valid JSON (RFC 8259, 8.2), or -1.
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

// InGraphQL returns the position of the first escape of an unpaired surrogate in a string of a document ("GraphQL",
// 2.9.4 String Value), or -1. Block strings and comments have no such escapes. InGraphQL ignores all other errors in
// the text; the parser reports them.
func InGraphQL(text string) int {
	if !strings.Contains(text, `\ud`) && !strings.Contains(text, `\uD`) { // nearly always
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

// length returns the position that was found in a text, or its length if nothing was found.
func length(text string, found int) int {
	if found < 0 {
		return len(text)
	}
	return found
}

// block returns the length of the rest of a block string after its opening quotes.
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

// quoted returns the length of the string that a text begins with, and the position of an unpaired surrogate in it, or
// -1.
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

// escape returns the length of the escape that a text begins with; a pair of surrogates counts as one. ok is false for
// an unpaired surrogate.
func escape(text []byte) (size int, ok bool) {
	switch first := unit(text); {
	case first < 0:
		return min(2, len(text)), true // another escape, or an invalid one, which the parser reports
	case !utf16.IsSurrogate(first):
		return 6, true
	case utf16.DecodeRune(first, unit(text[6:])) == utf8.RuneError:
		return 0, false
	default:
		return 12, true
	}
}

// unit returns the code unit of an escape \uXXXX at the beginning of a text, or -1.
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
