package httpserver

import (
	"bytes"
	"encoding/json"
)

// member is a name and its value in a JSON object, the value as it stands there.
type member struct {
	name  string
	value []byte
}

// nextMember takes the first member off a text, which is what stands behind the brace or comma in an object that is known
// to be valid and UTF-8; ok is false where there is none. encoding/json's decoder, asked for one token after the other, takes twice
// as long.
func nextMember(text []byte) (found member, rest []byte, ok bool) {
	text = skipSpace(text)
	if len(text) == 0 || text[0] != '"' {
		return member{}, nil, false
	}
	end := valueEnd(text)
	name, text := text[:end], skipSpace(text[end:])
	text = skipSpace(text[1:]) // behind the colon
	end = valueEnd(text)
	found.value, rest = text[:end], skipSpace(text[end:])
	readString(name, &found.name)
	return found, rest[1:], true // behind the comma, or the brace: then nothing follows, and that is no member either
}

func skipSpace(text []byte) []byte { return bytes.TrimLeft(text, " \t\r\n") }

// valueEnd is where the value ends that a valid text begins with.
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

// readString reads a valid string; most have nothing that is escaped.
func readString(raw []byte, target *string) {
	if bytes.IndexByte(raw, '\\') < 0 {
		*target = string(raw[1 : len(raw)-1])
		return
	}
	_ = json.Unmarshal(raw, target) // it is valid
}
