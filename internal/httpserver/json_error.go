package httpserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
)

// unreadableValue words an error of encoding/json about the value of a parameter, which stands in a text from a place.
func unreadableValue(where string, text []byte, name string, err error) *refusal {
	wrong := (*json.UnmarshalTypeError)(nil)
	if !errors.As(err, &wrong) {
		return unreadable(where, text)
	}
	wanted := "a string"
	if name == "variables" || name == "extensions" {
		wanted = "an object"
	}
	kind, _, _ := strings.Cut(wrong.Value, " ") // the rest may repeat the value
	return malformed("%s must be %s, but its JSON type is %s", name, wanted, kind)
}

// unreadable says where a text from a place is not JSON. It never repeats the text.
func unreadable(where string, text []byte) *refusal {
	// A decoder of parts does not know the place in the whole.
	err := json.NewDecoder(bytes.NewReader(text)).Decode(new(json.RawMessage))
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		return badRequest(http.StatusBadRequest, "%s is not valid JSON: syntax error at byte %d", where, syntax.Offset)
	}
	return badRequest(http.StatusBadRequest, "%s is not valid JSON: unexpected end", where)
}

// halfCharacter is the error for a text from a place with the escape of half a character at a byte (RFC 8259, 8.2): what it
// should stand for is not known, and encoding/json would put another character there.
func halfCharacter(where string, at int) *refusal {
	return badRequest(http.StatusBadRequest, "%s is not valid JSON: the escape at byte %d is an unpaired surrogate", where, at+1)
}
