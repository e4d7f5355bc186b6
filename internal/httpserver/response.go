package httpserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"

	"github.com/99designs/gqlgen/graphql"
)

// answer is the answer to a request before it is written.
type answer struct {
	*graphql.Response
	status       int
	mediaType    string // that the client takes
	cacheControl string
	tagged       bool // whether it gets an ETag
	// unchanged is the ETag of an answer that the client has, so that the operation was not executed; empty for others.
	unchanged    string
	revalidation *revalidation // remembers the ETag; nil for none
}

// maxPooled limits the capacity of a pooled buffer, in bytes. Larger buffers are rare and left to the garbage
// collector.
const maxPooled = 1 << 20

var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// noSniff is a header value that all responses share. Header values are replaced, but never modified.
var noSniff = []string{"nosniff"}

// release returns a buffer to the pool.
func release(body *bytes.Buffer) {
	if body.Cap() <= maxPooled {
		body.Reset()
		bodies.Put(body)
	}
}

// write sends an answer. The data is sent as the executor wrote it, and read only for compression and the ETag.
func write(w http.ResponseWriter, r *http.Request, a answer) {
	explain(w, r, a)
	header := w.Header()
	header["Vary"] = append(header["Vary"], vary)
	header["X-Content-Type-Options"] = noSniff
	header["Cache-Control"] = []string{a.cacheControl}
	if a.unchanged != "" {
		header.Set("ETag", a.unchanged)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if dataOnly(a.Response) && !a.tagged {
		if length := len(dataStart) + len(a.Data) + len(dataEnd); codingOf(r, length) == identity {
			setLength(header, a, length)
			defer joinWrites(w, r, length)()
			w.WriteHeader(a.status)
			_, _ = io.WriteString(w, dataStart) // an error means that the client has left
			_, _ = w.Write(append(a.Data, dataEnd...))
			return
		}
	}
	body := bodies.Get().(*bytes.Buffer)
	defer release(body)
	encode(body, a.Response)
	by := codingOf(r, body.Len())
	if a.tagged {
		whole := tagOf(body.Bytes())
		a.revalidation.remember(whole)
		tag := whole.in(by)
		header.Set("ETag", tag)
		if isKnown(r, tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	if by != identity {
		smaller := bodies.Get().(*bytes.Buffer)
		defer release(smaller)
		compress(smaller, body.Bytes(), by)
		body = smaller
		header.Set("Content-Encoding", string(by))
	}
	setLength(header, a, body.Len())
	defer joinWrites(w, r, body.Len())()
	w.WriteHeader(a.status)
	_, _ = w.Write(body.Bytes()) // an error means that the client has left
}

// dataOnly reports whether a response has only data. It is then sent without a copy: a copy of a large response takes
// longer than most other steps.
func dataOnly(response *graphql.Response) bool {
	return len(response.Data) > 0 && len(response.Errors) == 0 && len(response.Extensions) == 0
}

// What surrounds the data of a response that has only data.
const (
	dataStart = `{"data":`
	dataEnd   = "}\n"
)

// setLength sets the type and the length of a body.
func setLength(header http.Header, a answer, length int) {
	header["Content-Type"] = contentType(a)
	header["Content-Length"] = []string{strconv.Itoa(length)}
}

// The types of a body. Header values are replaced, but never modified.
var (
	plainJSONType       = []string{plainJSON + "; charset=utf-8"}
	graphqlResponseType = []string{graphqlResponse + "; charset=utf-8"}
)

// contentType returns the media type of a body. A client that accepts only plain JSON gets it with a 2xx status. With
// other statuses the newer type states that the body is from this server and not from a proxy ("GraphQL over HTTP",
// Body).
func contentType(a answer) []string {
	if a.mediaType == plainJSON && a.status < 300 {
		return plainJSONType
	}
	return graphqlResponseType
}

// encode writes the entries of a response, errors first, so that readers notice them ("GraphQL", 7.1 Response Format).
// It omits data if execution did not begin.
func encode(body *bytes.Buffer, response *graphql.Response) {
	body.WriteByte('{')
	if len(response.Errors) > 0 {
		entry(body, "errors")
		encodeJSON(body, response.Errors)
	}
	if len(response.Data) > 0 {
		entry(body, "data")
		body.Write(response.Data)
	}
	if len(response.Extensions) > 0 {
		entry(body, "extensions")
		encodeJSON(body, response.Extensions)
	}
	body.WriteString("}\n")
}

// entry begins an entry of the response.
func entry(body *bytes.Buffer, name string) {
	if body.Len() > 1 {
		body.WriteByte(',')
	}
	body.WriteString(`"` + name + `":`)
}

func encodeJSON(body *bytes.Buffer, value any) {
	encoder := json.NewEncoder(body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(fmt.Errorf("encode an answer: %w", err))
	}
	body.Truncate(body.Len() - 1) // the encoder's line feed
}
