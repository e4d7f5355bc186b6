package persisted

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"followgraph/internal/surrogate"
)

// formatError describes why a manifest cannot be read.
type formatError struct {
	line    int
	message string
}

// Error returns the message without the line.
func (f *formatError) Error() string { return f.message }

// reader reads JSON and maps positions to lines.
type reader struct {
	data     []byte
	newlines []int
}

func newReader(data []byte) *reader {
	r := &reader{data: data}
	for at, c := range data {
		if c == '\n' {
			r.newlines = append(r.newlines, at)
		}
	}
	return r
}

// line returns the line of a byte of the file, from 1.
func (r *reader) line(at int) int {
	before, _ := slices.BinarySearch(r.newlines, at)
	return before + 1
}

func (r *reader) formatError(at int, format string, args ...any) error {
	return &formatError{r.line(at), fmt.Sprintf(format, args...)}
}

// check reports whether the file is one JSON value in UTF-8 (RFC 8259, 8.1) without unpaired surrogates. encoding/json
// would replace invalid characters silently, and the texts would not match their hashes.
func (r *reader) check() error {
	if bytes.HasPrefix(r.data, []byte("\xef\xbb\xbf")) {
		return r.formatError(0, "the file begins with a byte order mark: it must be UTF-8 without one")
	}
	for at := 0; at < len(r.data); {
		char, size := utf8.DecodeRune(r.data[at:])
		if char == utf8.RuneError && size == 1 {
			return r.formatError(at, "byte %d is not UTF-8", at+1)
		}
		at += size
	}
	err := json.Unmarshal(r.data, new(json.RawMessage))
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		at := max(int(syntax.Offset), 1)
		return r.formatError(at-1, "not JSON at byte %d: %s", at, syntax)
	}
	if at := surrogate.InJSON(r.data); at >= 0 {
		return r.formatError(at, "byte %d begins an unpaired surrogate", at+1)
	}
	return err
}

// member is a member of a JSON object, or an element of a list; the name of an element is "".
type member struct {
	name  string
	value json.RawMessage
	at    int // position of the value's first byte in the file
}

// text returns the value of a string.
func (m member) text() (string, bool) {
	if len(m.value) == 0 || m.value[0] != '"' {
		return "", false
	}
	var text string
	return text, json.Unmarshal(m.value, &text) == nil
}

// isObject reports whether the value is an object.
func (m member) isObject() bool { return len(m.value) > 0 && m.value[0] == '{' }

// object reads the members of an object that begins at a byte of the file. The JSON is valid. A duplicate name is an
// error, because readers differ on which value counts (RFC 8259, 4).
func (r *reader) object(value []byte, at int) ([]member, error) {
	decoder := json.NewDecoder(bytes.NewReader(value))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return nil, r.formatError(at, "expected a JSON object")
	}
	var members []member
	seen := map[string]bool{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, r.formatError(at, "%s", err)
		}
		name, _ := token.(string)
		if seen[name] {
			return nil, r.formatError(at+int(decoder.InputOffset())-1, "duplicate name %.100q in an object", name)
		}
		seen[name] = true
		m, err := next(decoder, at)
		if err != nil {
			return nil, r.formatError(at, "%s", err)
		}
		m.name = name
		members = append(members, m)
	}
	return members, nil
}

// list reads the elements of a list that begins at a byte of the file.
func (r *reader) list(value []byte, at int) ([]member, error) {
	decoder := json.NewDecoder(bytes.NewReader(value))
	if start, err := decoder.Token(); err != nil || start != json.Delim('[') {
		return nil, r.formatError(at, "operations is not a list")
	}
	var elements []member
	for decoder.More() {
		element, err := next(decoder, at)
		if err != nil {
			return nil, r.formatError(at, "%s", err)
		}
		elements = append(elements, element)
	}
	return elements, nil
}

// next reads the next value of an object or list that begins at a byte of the file.
func next(decoder *json.Decoder, at int) (member, error) {
	var value json.RawMessage
	if err := decoder.Decode(&value); err != nil {
		return member{}, err
	}
	return member{value: value, at: at + int(decoder.InputOffset()) - len(value)}, nil
}
