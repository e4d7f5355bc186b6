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

// The bounds of a request's body.
const (
	maxBody   = 1 << 20 // bytes
	maxValues = 10_000  // JSON values, each of which takes some hundred bytes once it is read
	largeBody = 64 << 10
)

// largeBodies are those of more than largeBody bytes that are being decoded, which takes milliseconds of a processor each.
// Half of the processors are left to others; how many wait, the memory of requests bounds.
var largeBodies = make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))

var (
	errTooLarge = badRequest(http.StatusRequestEntityTooLarge, "the body is larger than the limit of %d bytes", maxBody)
	errNoRoom   = &refusal{status: http.StatusServiceUnavailable, err: apperr.Overload(time.Second, "the server has no memory left for requests: try again later")}
)

// readBody takes the parameters out of a body. JSON alone is taken: a page of another origin cannot send it without the
// browser asking first, so nobody's browser can be made to change anything here.
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
	return p.readJSON(text)
}

// readAll reads a whole body, if it is not too long, comes in time and there is memory for it. over is the connection that
// it comes over, nil where that is not bounded.
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
		w.Header().Set("Connection", "close") // so that net/http does not wait for the rest before it sends the answer
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
	if contentType == plainJSON { // as from most clients
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

// hasManyValues tells, before anything is made of it, whether a JSON text has more than maxValues values. Every value but
// the first stands behind one of the characters that it counts.
func hasManyValues(text []byte) bool {
	if len(text) <= maxValues { // as nearly always
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

// readJSON reads an object of parameters and nothing behind it. Unlike encoding/json by itself it tells upper from lower
// case, and refuses a parameter that comes twice, of which somebody in between may have seen the other one.
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
	seen := make([]string, 0, 8) // more than there are parameters
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
		decoder := json.NewDecoder(bytes.NewReader(at.value))
		decoder.UseNumber()
		if err := decoder.Decode(target); err != nil {
			return unreadableValue("the body", body, at.name, err)
		}
	}
	return nil
}

// unreadableBody tells what is wrong with a body that is not JSON: something may follow a value that is.
func unreadableBody(body []byte) *refusal {
	decoder := json.NewDecoder(bytes.NewReader(body))
	if decoder.Decode(new(json.RawMessage)) == nil {
		if start := skipSpace(body)[0]; start == '{' {
			return badRequest(http.StatusBadRequest, "the body contains data after the JSON object")
		}
	}
	return unreadable("the body", body)
}
