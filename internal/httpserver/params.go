package httpserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"

	"github.com/99designs/gqlgen/graphql"

	"followgraph/internal/apperr"
)

// maxBody bounds a request's body, in bytes.
const maxBody = 1 << 20

// requestError is a request that is not a GraphQL request, with the HTTP status that says so.
type requestError struct {
	status int
	*apperr.Error
}

func badRequest(status int, format string, args ...any) *requestError {
	return &requestError{status, apperr.New(apperr.BadRequest, format, args...)}
}

// readParams takes the GraphQL parameters out of a request ("GraphQL over HTTP", Request). Errors name what is wrong
// and never repeat the body.
func readParams(w http.ResponseWriter, r *http.Request) (*graphql.RawParams, *requestError) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return readQueryString(r.URL.RawQuery)
	case http.MethodPost:
		return readBody(w, r)
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		return nil, badRequest(http.StatusMethodNotAllowed, "method %s is not for GraphQL: use POST or GET", r.Method)
	}
}

func readQueryString(raw string) (*graphql.RawParams, *requestError) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, badRequest(http.StatusBadRequest, "the query string is not URL-encoded")
	}
	params := &graphql.RawParams{
		Query:         values.Get("query"),
		OperationName: values.Get("operationName"),
	}
	if params.Query == "" {
		return nil, badRequest(http.StatusBadRequest, "the query string lacks the parameter query")
	}
	for name, target := range map[string]*map[string]any{
		"variables":  &params.Variables,
		"extensions": &params.Extensions,
	} {
		text := values.Get(name)
		if text == "" {
			continue
		}
		if err := decode([]byte(text), target); err != nil {
			return nil, badRequest(http.StatusBadRequest, "the parameter %s must be a JSON object: %s", name, err)
		}
	}
	return params, nil
}

func readBody(w http.ResponseWriter, r *http.Request) (*graphql.RawParams, *requestError) {
	mediaType, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/json" {
		return nil, badRequest(http.StatusUnsupportedMediaType, "the header Content-Type must be application/json")
	}
	if charset, ok := parameters["charset"]; ok && !isUTF8(charset) {
		return nil, badRequest(http.StatusUnsupportedMediaType, "the body's charset must be utf-8")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			return nil, badRequest(http.StatusRequestEntityTooLarge, "the body has more than %d bytes", maxBody)
		}
		return nil, badRequest(http.StatusBadRequest, "the body could not be read to its end")
	}
	if trimmed := bytes.TrimLeft(body, " \t\r\n"); len(trimmed) > 0 && trimmed[0] == '[' {
		return nil, badRequest(http.StatusBadRequest, "the body is an array: send one operation in a request")
	}
	var request struct {
		Query         *string        `json:"query"`
		OperationName string         `json:"operationName"`
		Variables     map[string]any `json:"variables"`
		Extensions    map[string]any `json:"extensions"`
	}
	if err := decode(body, &request); err != nil {
		return nil, badRequest(http.StatusBadRequest, "the body must be a JSON object: %s", err)
	}
	if request.Query == nil {
		return nil, badRequest(http.StatusBadRequest, "the body lacks query")
	}
	return &graphql.RawParams{
		Query:         *request.Query,
		OperationName: request.OperationName,
		Variables:     request.Variables,
		Extensions:    request.Extensions,
	}, nil
}

func isUTF8(charset string) bool {
	return charset == "utf-8" || charset == "UTF-8" || charset == "utf8"
}

// decode reads exactly one JSON value, numbers kept as they stand. Its errors name a place, never the text.
func decode(text []byte, target any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	err := decoder.Decode(target)
	if err == nil {
		if _, err := decoder.Token(); err != io.EOF {
			return errors.New("something follows it")
		}
		return nil
	}
	var syntax *json.SyntaxError
	var mistyped *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return apperr.New(apperr.BadRequest, "syntax error at byte %d", syntax.Offset)
	case errors.As(err, &mistyped) && mistyped.Field != "":
		return apperr.New(apperr.BadRequest, "%s must not be of the JSON type %s", mistyped.Field, kind(mistyped.Value))
	case errors.As(err, &mistyped):
		return apperr.New(apperr.BadRequest, "it is of the JSON type %s", kind(mistyped.Value))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it ends too early")
	default:
		return errors.New("it cannot be read")
	}
}

// kind is the first word of encoding/json's description of a value: the rest may repeat the value.
func kind(described string) string {
	word, _, _ := bytes.Cut([]byte(described), []byte(" "))
	return string(word)
}
