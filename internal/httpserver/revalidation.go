package httpserver

import (
	"context"
	"crypto/sha256"
	"net/http"
	"strconv"

	lru "github.com/hashicorp/golang-lru/v2"

	"followgraph/internal/observe/meter"
)

// maxTags limits the remembered answers. Each takes about 300 bytes.
const maxTags = 10_000

// tags remembers which body an operation had at a version of the graph. A client that has this body gets 304 without
// another execution. It knows only operations that memory answered without a statement, because they depend on nothing
// but their document, their variables, their caller and the version.
type tags struct{ known *lru.Cache[tagKey, knownTag] }

// tagKey is a SHA-256 of the document, the URL and the caller of an operation.
type tagKey [sha256.Size]byte

// knownTag is a body at a version of the graph.
type knownTag struct {
	version string
	body    bodyTag
}

func newTags() *tags {
	known, _ := lru.New[tagKey, knownTag](maxTags) // fails only for a size below 1
	return &tags{known}
}

// revalidation is one operation that may be answered with 304.
type revalidation struct {
	tags       *tags
	key        tagKey
	version    string
	meter      *meter.Meter
	statements int // before the operation runs
}

// revalidate returns the revalidation of an operation, nil if memory does not answer it.
func (t *tags) revalidate(ctx context.Context, r *http.Request, request operationRequest) *revalidation {
	version, ok := request.snapshot.Pin(ctx)
	if !ok {
		return nil
	}
	caller := request.caller
	hash := sha256.New()
	for _, part := range []string{request.document.text, r.URL.RawQuery, caller.CognitoID} {
		_, _ = hash.Write(strconv.AppendInt(nil, int64(len(part)), 10)) // never fails
		_, _ = hash.Write([]byte{':'})
		_, _ = hash.Write([]byte(part))
	}
	for _, each := range []bool{caller.Registered, caller.Operator, caller.Machine} {
		_, _ = hash.Write(strconv.AppendBool(nil, each))
	}
	measured := meter.From(ctx)
	v := &revalidation{tags: t, version: version, meter: measured, statements: measured.Statements()}
	hash.Sum(v.key[:0])
	return v
}

// unchanged returns the tag of the answer if the client has it.
func (v *revalidation) unchanged(r *http.Request) (tag string, ok bool) {
	if v == nil || len(r.Header["If-None-Match"]) == 0 {
		return "", false
	}
	known, ok := v.tags.known.Get(v.key)
	if !ok || known.version != v.version {
		return "", false
	}
	tag = known.body.in(codingOf(r, known.body.bytes))
	return tag, isKnown(r, tag)
}

// remember records the body of an answer, unless the operation executed a statement.
func (v *revalidation) remember(body bodyTag) {
	if v != nil && v.meter.Statements() == v.statements {
		v.tags.known.Add(v.key, knownTag{v.version, body})
	}
}
