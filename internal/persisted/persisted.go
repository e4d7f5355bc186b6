// Package persisted says which documents a client may name instead of sending: trusted ones, from manifests that the
// operator loads, and those that clients sent before (automatic persisted queries).
package persisted

import "github.com/vektah/gqlparser/v2/ast"

// Document is a document of a manifest, parsed and valid. What it points to is shared and must not be changed.
type Document struct {
	ID         string // as its manifest has it
	Text       string
	Parsed     *ast.QueryDocument // of the schema given to Load; the same for each id of a text
	Operations []string           // the names of its operations, in their order; one without a name is ""
}

// Set is the documents of some manifests. It does not change, and is safe for concurrent use.
type Set struct {
	documents  map[string]*setEntry // under every key that names them
	ids, files int
}

// placed is a document with the place that it came from.
type setEntry struct {
	Document
	location
}

// Document finds a document by the name that a client gave: a document identifier ("GraphQL over HTTP", appendix
// Persisted Documents, Identifying a Document), Relay's doc_id or id, or the hash of an automatic persisted query.
//
// Every document answers to the id in its manifest; to `sha256:` and the SHA-256 of its text in lower-case hexadecimal
// (SHA256 Hex Document Identifier); and to that hash alone, in either case.
func (s *Set) Document(id string) (Document, bool) {
	entry, ok := s.documents[key(id)]
	if !ok {
		return Document{}, false
	}
	return entry.Document, true
}

// Len is the number of ids that manifests gave to documents.
func (s *Set) Len() int { return s.ids }

// Parsed is the parsed document of each text.
func (s *Set) Parsed() map[string]*ast.QueryDocument {
	parsed := make(map[string]*ast.QueryDocument, s.ids)
	for _, document := range s.documents {
		parsed[document.Text] = document.Parsed
	}
	return parsed
}

// Files is the number of manifests.
func (s *Set) Files() int { return s.files }
