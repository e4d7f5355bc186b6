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

// readString decodes a valid JSON string.
func readString(raw []byte, target *string) {
	first := bytes.IndexByte(raw, '\\')
	if first < 0 {
		*target = string(raw[1 : len(raw)-1])
		return
	}
	if text, ok := unescape(raw[1:len(raw)-1], first-1); ok {
		*target = string(text)
		return
	}
	_ = json.Unmarshal(raw, target) // it is valid
}

// escapes has the characters that a backslash and another character stand for (RFC 8259, 7).
var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// unescape decodes the characters of a JSON string, whose first backslash is at an index. Documents have many lines. ok
// is false if the string contains the number of a character.
func unescape(raw []byte, backslash int) (text []byte, ok bool) {
	text = make([]byte, 0, len(raw))
	for backslash >= 0 {
		c := escapes[raw[backslash+1]]
		if c == 0 {
			return nil, false
		}
		text = append(append(text, raw[:backslash]...), c)
		raw = raw[backslash+2:]
		backslash = bytes.IndexByte(raw, '\\')
	}
	return append(text, raw...), true
}

// readObject decodes a valid JSON object, with numbers as json.Number.
func readObject(raw []byte) map[string]any {
	object := make(map[string]any)
	for at, rest, ok := nextMember(raw[1:]); ok; at, rest, ok = nextMember(rest) {
		object[at.name] = readValue(at.value)
	}
	return object
}

// readValue decodes a valid JSON value. Variables are mostly simple values.
func readValue(raw []byte) (value any) {
	switch raw[0] {
	case '"':
		var text string
		readString(raw, &text)
		return text
	case 'n':
		return nil
	case 't', 'f':
		return raw[0] == 't'
	case '{', '[':
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.UseNumber()
		_ = decoder.Decode(&value) // it is valid
		return value
	default:
		return json.Number(raw)
	}
}
