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

// maxPooled bounds what the pool keeps of one body, in bytes: a rare huge one goes to the garbage collector.
const maxPooled = 1 << 20

var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// write sends an answer in one piece. Its data goes out as the executor wrote it, unread.
func write(w http.ResponseWriter, r *http.Request, status int, response *graphql.Response) {
	body := bodies.Get().(*bytes.Buffer)
	body.Reset()
	encode(body, response)
	header := w.Header()
	header.Set("Content-Type", mediaType(r)+"; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(body.Len()))
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Add("Vary", "Accept")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // a client that left cannot be told
	if body.Cap() <= maxPooled {
		bodies.Put(body)
	}
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
