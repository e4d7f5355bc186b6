package httpserver

import (
	"bytes"
	"encoding/json"
)

// member is a member of a JSON object, with its value as raw JSON.
type member struct {
	name  string
	value []byte
}

// nextMember splits off the first member of text, which is the rest of a JSON object after a brace or comma. The object
// must be valid and UTF-8. ok is false if there is no further member. This takes half the time of reading tokens from a
// decoder of encoding/json.
func nextMember(text []byte) (found member, rest []byte, ok bool) {
	text = skipSpace(text)
	if len(text) == 0 || text[0] != '"' {
		return member{}, nil, false
	}
	end := valueEnd(text)
	name, text := text[:end], skipSpace(text[end:])
	text = skipSpace(text[1:]) // after the colon
	end = valueEnd(text)
	found.value, rest = text[:end], skipSpace(text[end:])
	readString(name, &found.name)
	return found, rest[1:], true // after the comma or the closing brace, which ends the object
}

func skipSpace(text []byte) []byte { return bytes.TrimLeft(text, " \t\r\n") }

// valueEnd returns the length of the JSON value at the beginning of a valid text.
func valueEnd(text []byte) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			for i++; text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
			continue
		case '}', ']':
			depth--
		case ',', ':', ' ', '\t', '\r', '\n':
			continue
		default: // a number or a literal
			for i+1 < len(text) && bytes.IndexByte([]byte(",:]} \t\r\n"), text[i+1]) < 0 {
				i++
			}
		}
		if depth == 0 {
			return i + 1
		}
	}
	return len(text)
}

// readString decodes a valid JSON string. Most contain no escapes.
func readString(raw []byte, target *string) {
	if bytes.IndexByte(raw, '\\') < 0 {
		*target = string(raw[1 : len(raw)-1])
		return
	}
	_ = json.Unmarshal(raw, target) // it is valid
}
