// Package persisted holds the documents that a client may name instead of sending them: trusted documents from the
// operator's manifests, and documents that clients sent before (automatic persisted queries).
package persisted

import "github.com/vektah/gqlparser/v2/ast"

// Document is a parsed and validated document of a manifest. What it points to is shared and must not be changed.
type Document struct {
	ID         string // as in its manifest
	Text       string
	Parsed     *ast.QueryDocument // shared by all ids of a text
	Operations []string           // names of its operations, in document order; "" for an anonymous one
}

// Set is an immutable set of the documents of some manifests. It is safe for concurrent use.
type Set struct {
	documents  map[string]*setEntry // by all names
	ids, files int
}

// setEntry is a document with its location.
type setEntry struct {
	Document
	location
}

// Document returns the document with a name: a document identifier ("GraphQL over HTTP", appendix Persisted Documents,
// Identifying a Document), Relay's doc_id or id, or the hash of an automatic persisted query.
//
// Each document has three names: the id in its manifest; `sha256:` and the SHA-256 of its text in lower-case
// hexadecimal (SHA256 Hex Document Identifier); and the hash alone, in either case.
func (s *Set) Document(id string) (Document, bool) {
	entry, ok := s.documents[key(id)]
	if !ok {
		return Document{}, false
	}
	return entry.Document, true
}

// Len returns the number of ids in the manifests.
func (s *Set) Len() int { return s.ids }

// Parsed returns the parsed documents by text.
func (s *Set) Parsed() map[string]*ast.QueryDocument {
	parsed := make(map[string]*ast.QueryDocument, s.ids)
	for _, document := range s.documents {
		parsed[document.Text] = document.Parsed
	}
	return parsed
}

// Files returns the number of manifests.
func (s *Set) Files() int { return s.files }
