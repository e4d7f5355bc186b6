package httpserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"os"
	"runtime"
	"slices"
	"time"
	"unicode/utf8"

	"followgraph/internal/apperr"
	"followgraph/internal/surrogate"
)

// Limits of a request's body.
const (
	maxBody   = 1 << 20 // bytes
	maxValues = 10_000  // JSON values, each of which takes some hundred bytes of memory
	largeBody = 64 << 10
)

// largeBodies holds the bodies of more than largeBody bytes that are being decoded, which takes milliseconds of CPU
// time each. The other half of the processors stays free. The memory of requests limits how many wait.
var largeBodies = make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))

var (
	errTooLarge = badRequest(http.StatusRequestEntityTooLarge, "the body is larger than the limit of %d bytes", maxBody)
	errNoRoom   = &refusal{status: http.StatusServiceUnavailable, err: apperr.Overload(time.Second, "the server has no memory left for requests: try again later")}
)

// readBody reads the parameters from a body. Only JSON is accepted: a page of another origin cannot send it without a
// CORS preflight, so no browser can be made to change data here.
func (p *parameters) readBody(w http.ResponseWriter, r *http.Request) *refusal {
	if refused := checkContentType(r.Header.Get("Content-Type")); refused != nil {
		return refused
	}
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return badRequest(http.StatusUnsupportedMediaType, "the body must not be compressed: send it without Content-Encoding")
	}
	body := bodies.Get().(*bytes.Buffer)
	defer release(body) // the parameters are copies
	over := connectionOf(r.Context())
	if refused := readAll(body, w, r, over); refused != nil {
		return refused
	}
	if body.Len() > largeBody {
		select {
		case largeBodies <- struct{}{}:
			defer func() { <-largeBodies }()
		case <-r.Context().Done():
			return badRequest(http.StatusBadRequest, "the client closed the connection")
		}
	}
	// Programs on Windows write a byte order mark, which a reader of JSON may ignore (RFC 8259, 8.1).
	text := bytes.TrimPrefix(body.Bytes(), []byte("\ufeff"))
	if !utf8.Valid(text) {
		return badRequest(http.StatusBadRequest, "the body must be UTF-8")
	}
	if hasManyValues(text) {
		return malformed("the body has more JSON values than the limit of %d", maxValues)
	}
	if !over.hold(weightOf(text)) {
		return errNoRoom
	}
	p.size = len(text)
	return p.readJSON(text)
}

// readAll reads a whole body, if it is not too long, arrives in time, and fits into memory. over is the connection of
// the request, nil if connections have no limit.
func readAll(body *bytes.Buffer, w http.ResponseWriter, r *http.Request, over *boundedConn) *refusal {
	if r.ContentLength > maxBody {
		return errTooLarge
	}
	_, err := body.ReadFrom(boundedBody{http.MaxBytesReader(w, r.Body, maxBody), over})
	switch {
	case err == nil:
		over.bodyComplete()
		return nil
	case errors.Is(err, errNoMemory):
		w.Header().Set("Connection", "close") // otherwise net/http waits for the rest before it sends the response
		return errNoRoom
	case errors.As(err, new(*http.MaxBytesError)):
		return errTooLarge
	case errors.Is(err, os.ErrDeadlineExceeded):
		return badRequest(http.StatusRequestTimeout, "the body did not arrive within the time limit")
	default:
		return badRequest(http.StatusBadRequest, "the body could not be read completely")
	}
}

func checkContentType(contentType string) *refusal {
	if contentType == plainJSON { // the usual case
		return nil
	}
	mediaType, parameters, err := mime.ParseMediaType(contentType)
	if err != nil || mediaType != plainJSON {
		return badRequest(http.StatusUnsupportedMediaType, "the Content-Type header must be %s", plainJSON)
	}
	if charset, ok := parameters["charset"]; ok && !isUTF8(charset) {
		return badRequest(http.StatusUnsupportedMediaType, "the charset in the Content-Type header must be utf-8")
	}
	return nil
}

// hasManyValues reports whether a JSON text has more than maxValues values, before it is decoded. Each value except the
// first follows one of the characters that it counts.
func hasManyValues(text []byte) bool {
	if len(text) <= maxValues { // the usual case
		return false
	}
	values, quoted := 1, false
	for at := 0; at < len(text); at++ {
		switch c := text[at]; {
		case quoted && c == '\\':
			at++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ',' || c == ':' || c == '[' || c == '{'):
			values++
		}
	}
	return values > maxValues
}

// readJSON reads a JSON object of parameters with nothing after it. Unlike encoding/json, it is case-sensitive and
// rejects duplicate parameters: a proxy may have checked the other value.
func (p *parameters) readJSON(body []byte) *refusal {
	if !json.Valid(body) {
		return unreadableBody(body)
	}
	if at := surrogate.InJSON(body); at >= 0 {
		return halfCharacter("the body", at)
	}
	rest := skipSpace(body)
	switch rest[0] {
	case '{':
	case '[':
		return badRequest(http.StatusBadRequest, "the body is an array, but batches are not supported: send one operation per request. "+
			"Disable batching in the client: in Apollo, use HttpLink instead of BatchHttpLink. HTTP/2 sends requests in parallel")
	default:
		return malformed("the body must be a JSON object with the parameters of the request")
	}
	seen := make([]string, 0, 8) // enough for all parameters
	for at, rest, ok := nextMember(rest[1:]); ok; at, rest, ok = nextMember(rest) {
		target := p.target(at.name)
		switch {
		case target == nil:
			continue
		case slices.Contains(seen, at.name):
			return badRequest(http.StatusBadRequest, "the body contains the parameter %s more than once", at.name)
		}
		seen = append(seen, at.name)
		if text, ok := target.(*string); ok && at.value[0] == '"' {
			readString(at.value, text)
			continue
		}
		if object, ok := target.(*map[string]any); ok && at.value[0] == '{' {
			*object = readObject(at.value)
			continue
		}
		decoder := json.NewDecoder(bytes.NewReader(at.value))
		decoder.UseNumber()
		if err := decoder.Decode(target); err != nil {
			return unreadableValue("the body", body, at.name, err)
		}
	}
	return nil
}

// unreadableBody returns the refusal of a body that is not JSON, or that continues after a JSON value.
func unreadableBody(body []byte) *refusal {
	decoder := json.NewDecoder(bytes.NewReader(body))
	if decoder.Decode(new(json.RawMessage)) == nil {
		if start := skipSpace(body)[0]; start == '{' {
			return badRequest(http.StatusBadRequest, "the body contains data after the JSON object")
		}
	}
	return unreadable("the body", body)
}
