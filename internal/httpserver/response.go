package httpserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"

	"github.com/99designs/gqlgen/graphql"
)

// answer is what a request gets.
type answer struct {
	*graphql.Response
	status       int
	mediaType    string // that the client takes
	cacheControl string
	tagged       bool // whether a client that has it already may say so
}

// maxPooled bounds what the pool keeps of one body, in bytes: a rare huge one goes to the garbage collector.
const maxPooled = 1 << 20

var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// noSniff is a header's value, shared by all answers: a header's values are replaced and never changed.
var noSniff = []string{"nosniff"}

// release gives a body back to the pool.
func release(body *bytes.Buffer) {
	if body.Cap() <= maxPooled {
		body.Reset()
		bodies.Put(body)
	}
}

// write sends an answer in one piece. Its data goes out as the executor wrote it, unread but for what it takes to compress
// it or to tag it.
func write(w http.ResponseWriter, r *http.Request, a answer) {
	body := bodies.Get().(*bytes.Buffer)
	defer release(body)
	encode(body, a.Response)

	explain(w, r, a)
	header := w.Header()
	header["Vary"] = append(header["Vary"], vary)
	header["X-Content-Type-Options"] = noSniff
	by := identity
	if body.Len() >= minCompressed {
		by = chooseCoding(r.Header["Accept-Encoding"])
	}
	header.Set("Cache-Control", a.cacheControl)
	if a.tagged {
		tag := strongETag(body.Bytes(), by)
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
	header.Set("Content-Type", contentType(a))
	header.Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(a.status)
	_, _ = w.Write(body.Bytes()) // a client that left cannot be told
}

// contentType is the type of an answer's body. A client that takes only plain JSON gets that where it may rely on the
// body, in a 2xx answer: any other might be some proxy's, and the newer type tells that it is not ("GraphQL over HTTP",
// Body).
func contentType(a answer) string {
	if a.mediaType == plainJSON && a.status < 300 {
		return plainJSON + "; charset=utf-8"
	}
	return graphqlResponse + "; charset=utf-8"
}

// encode writes a response's entries, errors first, so that they are seen ("GraphQL", 7.1 Response Format). `data` is
// left out where execution did not begin.
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

// entry begins an entry of the response's map.
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
