package httpserver

import (
	"net/http"
	"strings"

	"followgraph/internal/apperr"
	"followgraph/internal/persisted"
	"followgraph/internal/viewer"
)

// Persisted says which documents clients may name, and which they may send.
type Persisted struct {
	Trusted     *persisted.Trusted   // nil: none
	TrustedOnly bool                 // whether callers below the role OPT_USER may run no others
	Automatic   *persisted.Automatic // nil: no automatic persisted queries
}

// found is the document that a request means.
type found struct {
	text    string
	trusted *persisted.Document // nil for any other
	save    bool                // whether it is to be kept for automatic persisted queries, once it has proved valid
}

// find finds it. A trusted document is the same whichever way it is named, and also where its text was sent.
func (known *Persisted) find(p *parameters, caller viewer.Viewer) (found, *requestError) {
	if name := p.documentID(); name != "" {
		document, ok := known.document(name)
		switch {
		case ok:
			return known.named(p, document)
		case persisted.CheckID(name) != nil:
			return found{}, malformed("documentId is malformed: %s", persisted.CheckID(name))
		case p.query == "" && p.hash == "":
			return found{}, errNoDocument
		case strings.HasPrefix(name, "sha256:") && p.query != "" && name != "sha256:"+persisted.Hash(p.query):
			return found{}, errAnother
		}
	}
	if p.hash != "" {
		return known.byHash(p, caller)
	}
	return known.sent(p, caller)
}

// byHash finds the document of an automatic persisted query: a trusted one, or one that was sent before, or now.
func (known *Persisted) byHash(p *parameters, caller viewer.Viewer) (found, *requestError) {
	if document, ok := known.document(p.hash); ok {
		return known.named(p, document)
	}
	if known.Automatic == nil {
		return found{}, errNotSupported
	}
	if p.query != "" {
		if !persisted.Matches(p.hash, p.query) {
			return found{}, badRequest(http.StatusBadRequest, "extensions.persistedQuery.sha256Hash must be the SHA-256 of query")
		}
		f, refused := known.sent(p, caller)
		f.save = true
		return f, refused
	}
	if known.closed(caller) {
		return found{}, errNotFound
	}
	text, ok := known.Automatic.Find(p.hash)
	if !ok {
		return found{}, errNotFound
	}
	return found{text: text}, nil
}

// named is a trusted document that a request named; a text beside the name must be the document's.
func (known *Persisted) named(p *parameters, document *persisted.Document) (found, *requestError) {
	if p.query != "" && p.query != document.Text || p.hash != "" && p.documentID() != "" && !persisted.Matches(p.hash, document.Text) {
		return found{}, errAnother
	}
	return found{text: document.Text, trusted: document}, nil
}

// sent is a document that came with the request.
func (known *Persisted) sent(p *parameters, caller viewer.Viewer) (found, *requestError) {
	if !known.closed(caller) {
		return found{text: p.query}, nil
	}
	if document, ok := known.document(persisted.Hash(p.query)); ok && document.Text == p.query {
		return found{text: document.Text, trusted: document}, nil
	}
	return found{}, errNotTrusted
}

// closed tells whether the caller may run trusted documents only.
func (known *Persisted) closed(caller viewer.Viewer) bool {
	return known.TrustedOnly && !caller.Operator
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
	errNotFound = &requestError{http.StatusOK,
		apperr.New(apperr.PersistedQueryNotFound, "PersistedQueryNotFound")}
	errNotSupported = &requestError{http.StatusOK,
		apperr.New(apperr.PersistedQueryNotSupported, "PersistedQueryNotSupported")}
	errNoDocument = &requestError{http.StatusNotFound,
		apperr.New(apperr.PersistedQueryNotFound, "the server has no persisted document with this id")}
	errAnother    = badRequest(http.StatusBadRequest, "query, documentId and extensions.persistedQuery must refer to the same document")
	errNotTrusted = &requestError{http.StatusForbidden,
		apperr.New(apperr.Forbidden, "this server runs trusted documents only: send the documentId of one")}
)
