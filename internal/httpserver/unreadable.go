package httpserver

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
)

// unreadableValue words an error of encoding/json about the value of a parameter, which came in a place.
func unreadableValue(where, name string, err error) *requestError {
	wrong := (*json.UnmarshalTypeError)(nil)
	if !errors.As(err, &wrong) {
		return unreadable(where, err)
	}
	wanted := "a string"
	if name == "variables" || name == "extensions" {
		wanted = "an object"
	}
	kind, _, _ := strings.Cut(wrong.Value, " ") // the rest may repeat the value
	return malformed("%s must be %s, not of the JSON type %s", name, wanted, kind)
}

// unreadable words an error of encoding/json about what came in a place. It names the place and never the text.
func unreadable(where string, err error) *requestError {
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return badRequest(http.StatusBadRequest, "%s is not JSON: syntax error at byte %d", where, syntax.Offset)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return badRequest(http.StatusBadRequest, "%s is not JSON: it ends too early", where)
	default:
		return badRequest(http.StatusBadRequest, "%s is not JSON", where)
	}
}
