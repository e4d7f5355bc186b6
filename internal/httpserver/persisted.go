package httpserver

import (
	"net/http"
	"strings"

	"followgraph/internal/apperr"
	"followgraph/internal/persisted"
	"followgraph/internal/social"
	"followgraph/internal/viewer"
)

// Persisted says which documents clients may name, and which they may send.
type Persisted struct {
	Trusted     *persisted.Trusted   // nil: none
	TrustedOnly bool                 // whether callers below the role OPT_USER may run no others
	Automatic   *persisted.Automatic // nil: no automatic persisted queries
}

// requestDocument is the document that a request means.
type requestDocument struct {
	text    string
	trusted *persisted.Document // nil for any other
	save    bool                // whether it is to be kept for automatic persisted queries, once it has proved valid
}

// find finds it. A trusted document is the same whichever way it is named, and also where its text was sent.
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

// byHash finds the document of an automatic persisted query: a trusted one, or one that was sent before, or now.
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

// named is a trusted document that a request named; a text beside the name must be the document's.
func (known *Persisted) named(p *parameters, document *persisted.Document) (requestDocument, *refusal) {
	if p.query != "" && p.query != document.Text || p.hash != "" && p.documentID() != "" && !persisted.Matches(p.hash, document.Text) {
		return requestDocument{}, errAnother
	}
	return requestDocument{text: document.Text, trusted: document}, nil
}

// sent is a document that came with the request.
func (known *Persisted) sent(p *parameters, caller viewer.Viewer) (requestDocument, *refusal) {
	if social.MayRunUntrusted(caller, known.TrustedOnly) {
		return requestDocument{text: p.query}, nil
	}
	if document, ok := known.document(persisted.Hash(p.query)); ok && document.Text == p.query {
		return requestDocument{text: document.Text, trusted: document}, nil
	}
	return requestDocument{}, errNotTrusted
}

// document finds a trusted document by a name.
func (known *Persisted) document(name string) (*persisted.Document, bool) {
	if known.Trusted == nil {
		return nil, false
	}
	document, ok := known.Trusted.Set().Document(name)
	return &document, ok
}

// What is refused of persisted operations. Clients know the first two by their messages, and expect them with status 200
// (Apollo's automatic persisted queries).
var (
	errNotFound     = &refusal{status: http.StatusOK, err: apperr.New(apperr.PersistedQueryNotFound, "PersistedQueryNotFound")}
	errNotSupported = &refusal{status: http.StatusOK, err: apperr.New(apperr.PersistedQueryNotSupported, "PersistedQueryNotSupported")}
	errNoDocument   = &refusal{status: http.StatusNotFound, err: apperr.New(apperr.PersistedQueryNotFound, "the server has no persisted document with this id")}
	errAnother      = badRequest(http.StatusBadRequest, "query, documentId and extensions.persistedQuery must refer to the same document")
	errNotTrusted   = &refusal{status: http.StatusForbidden, err: apperr.New(apperr.Forbidden, "this server runs trusted documents only: send the documentId of one")}
)
