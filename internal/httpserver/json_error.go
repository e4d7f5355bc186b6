package httpserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
)

// unreadableValue returns the refusal for a parameter that encoding/json cannot decode from a text. where names the
// source of the text.
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

// unreadable returns the refusal for a text that is not JSON, with the position of the error. It does not quote the
// text.
func unreadable(where string, text []byte) *refusal {
	// A decoder of one value does not know its offset in the text.
	err := json.NewDecoder(bytes.NewReader(text)).Decode(new(json.RawMessage))
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		return badRequest(http.StatusBadRequest, "%s is not valid JSON: syntax error at byte %d", where, syntax.Offset)
	}
	return badRequest(http.StatusBadRequest, "%s is not valid JSON: unexpected end", where)
}

// halfCharacter returns the refusal for a text with the escape of a lone surrogate at a byte (RFC 8259, 8.2): it stands
// for no character, and encoding/json would replace it.
func halfCharacter(where string, at int) *refusal {
	return badRequest(http.StatusBadRequest, "%s is not valid JSON: the escape at byte %d is an unpaired surrogate", where, at+1)
}
