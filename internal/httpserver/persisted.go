package httpserver

import (
	"net/http"
	"strings"

	"followgraph/internal/apperr"
	"followgraph/internal/persisted"
	"followgraph/internal/social"
	"followgraph/internal/viewer"
)

// Persisted configures which documents clients may name, and which they may send.
type Persisted struct {
	Trusted     *persisted.Trusted   // nil for none
	TrustedOnly bool                 // whether callers without the role OPT_USER may run only trusted documents
	Automatic   *persisted.Automatic // nil if automatic persisted queries are off
}

// requestDocument is the document of a request.
type requestDocument struct {
	text    string
	trusted *persisted.Document // nil for other documents
	save    bool                // whether to save it for automatic persisted queries once it is valid
}

// find returns the document of a request. It recognizes a trusted document by any of its names, and by its text.
func (known *Persisted) find(p *parameters, caller viewer.Viewer) (requestDocument, *refusal) {
	if name := p.documentID(); name != "" {
		document, ok := known.document(name)
		switch {
		case ok:
			return known.named(p, document)
		case persisted.CheckID(name) != nil:
			return requestDocument{}, malformed("documentId is malformed: %s", persisted.CheckID(name))
		case p.query == "" && p.hash == "":
			return requestDocument{}, errNoDocument
		case strings.HasPrefix(name, "sha256:") && p.query != "" && name != "sha256:"+persisted.Hash(p.query):
			return requestDocument{}, errAnother
		}
	}
	if p.hash != "" {
		return known.byHash(p, caller)
	}
	return known.sent(p, caller)
}

// byHash returns the document of an automatic persisted query: a trusted one, one that was sent earlier, or the one in
// this request.
func (known *Persisted) byHash(p *parameters, caller viewer.Viewer) (requestDocument, *refusal) {
	if document, ok := known.document(p.hash); ok {
		return known.named(p, document)
	}
	if known.Automatic == nil {
		return requestDocument{}, errNotSupported
	}
	if p.query != "" {
		if !persisted.Matches(p.hash, p.query) {
			return requestDocument{}, badRequest(http.StatusBadRequest, "extensions.persistedQuery.sha256Hash must be the SHA-256 of query")
		}
		f, refused := known.sent(p, caller)
		f.save = true
		return f, refused
	}
	if !social.MayRunUntrusted(caller, known.TrustedOnly) {
		return requestDocument{}, errNotFound
	}
	text, ok := known.Automatic.Find(p.hash)
	if !ok {
		return requestDocument{}, errNotFound
	}
	return requestDocument{text: text}, nil
}

// named returns a trusted document by its name. If the request also contains a text, the text must be that of the
// document.
func (known *Persisted) named(p *parameters, document *persisted.Document) (requestDocument, *refusal) {
	if p.query != "" && p.query != document.Text || p.hash != "" && p.documentID() != "" && !persisted.Matches(p.hash, document.Text) {
		return requestDocument{}, errAnother
	}
	return requestDocument{text: document.Text, trusted: document}, nil
}

// sent returns the document whose text the request contains.
func (known *Persisted) sent(p *parameters, caller viewer.Viewer) (requestDocument, *refusal) {
	if social.MayRunUntrusted(caller, known.TrustedOnly) {
		return requestDocument{text: p.query}, nil
	}
	if document, ok := known.document(persisted.Hash(p.query)); ok && document.Text == p.query {
		return requestDocument{text: document.Text, trusted: document}, nil
	}
	return requestDocument{}, errNotTrusted
}

// document returns the trusted document with a name.
func (known *Persisted) document(name string) (*persisted.Document, bool) {
	if known.Trusted == nil {
		return nil, false
	}
	document, ok := known.Trusted.Set().Document(name)
	return &document, ok
}

// Refusals of persisted operations. Clients recognize the first two by their messages, and expect status 200 (Apollo,
// automatic persisted queries).
var (
	errNotFound     = &refusal{status: http.StatusOK, err: apperr.New(apperr.PersistedQueryNotFound, "PersistedQueryNotFound")}
	errNotSupported = &refusal{status: http.StatusOK, err: apperr.New(apperr.PersistedQueryNotSupported, "PersistedQueryNotSupported")}
	errNoDocument   = &refusal{status: http.StatusNotFound, err: apperr.New(apperr.PersistedQueryNotFound, "the server has no persisted document with this id")}
	errAnother      = badRequest(http.StatusBadRequest, "query, documentId and extensions.persistedQuery must refer to the same document")
	errNotTrusted   = &refusal{status: http.StatusForbidden, err: apperr.New(apperr.Forbidden, "this server runs trusted documents only: send the documentId of one")}
)
