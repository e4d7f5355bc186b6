package httpserver

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
)

// parameters are the parameters of a request by GET or POST ("GraphQL over HTTP", Request Parameters; and its appendix
// Persisted Documents, Persisted Document Request Parameters).
type parameters struct {
	query         string
	operationName string
	variables     map[string]any
	extensions    map[string]any
	documentIDs   [3]string // documentId, and Relay's doc_id and id: the name of a persisted document
	hash          string    // extensions.persistedQuery.sha256Hash: the name of an automatic persisted query
	size          int       // of the text that they were read from, in bytes
}

// readParameters reads the parameters of a request. Errors name the mistake and do not quote the request.
func readParameters(w http.ResponseWriter, r *http.Request) (*parameters, *refusal) {
	p := &parameters{}
	var refused *refusal
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		refused = p.readQueryString(r)
	case http.MethodPost:
		refused = p.readBody(w, r)
	default:
		refused = badRequest(http.StatusMethodNotAllowed, "the method %s is not allowed: use POST or GET", r.Method)
		refused.allow = "GET, HEAD, POST"
	}
	if refused == nil {
		refused = p.finish()
	}
	return p, refused
}

// finish reads the extensions, and checks all parameters.
func (p *parameters) finish() *refusal {
	if refused := p.readPersistedQuery(); refused != nil {
		return refused
	}
	return p.check()
}

// position returns the position in extensions.position, empty for none.
func (p *parameters) position() (string, *refusal) {
	value, ok := p.extensions["position"]
	if !ok || value == nil {
		return "", nil
	}
	position, ok := value.(string)
	if !ok {
		return "", malformed("extensions.position must be a string")
	}
	return position, nil
}

// check reports a refusal if the parameters name no document, or several.
func (p *parameters) check() *refusal {
	id := p.documentID()
	switch {
	case p.query == "" && id == "" && p.hash == "":
		return malformed("the request has no document: send query, or documentId for a persisted document")
	case slices.ContainsFunc(p.documentIDs[:], func(other string) bool { return other != "" && other != id }):
		return malformed("documentId, doc_id and id must name the same document")
	}
	return nil
}

// documentID returns the name of a persisted document, from any of its parameters.
func (p *parameters) documentID() string { return cmp.Or(p.documentIDs[:]...) }

// target returns a pointer to the field for a parameter, nil for an unknown parameter. Unknown parameters are ignored,
// because later versions may define them ("GraphQL over HTTP", JSON Encoding).
func (p *parameters) target(name string) any {
	switch name {
	case "query":
		return &p.query
	case "operationName":
		return &p.operationName
	case "variables":
		return &p.variables
	case "extensions":
		return &p.extensions
	case "documentId":
		return &p.documentIDs[0]
	case "doc_id":
		return &p.documentIDs[1]
	case "id":
		return &p.documentIDs[2]
	}
	return nil
}

// readPersistedQuery reads the extension persistedQuery of automatic persisted queries.
func (p *parameters) readPersistedQuery() *refusal {
	value, ok := p.extensions["persistedQuery"]
	if !ok || value == nil {
		return nil
	}
	extension, ok := value.(map[string]any)
	if !ok {
		return malformed("extensions.persistedQuery must be an object")
	}
	if version, ok := extension["version"].(json.Number); !ok || version != "1" {
		return badRequest(http.StatusBadRequest, "extensions.persistedQuery.version must be 1")
	}
	p.hash, _ = extension["sha256Hash"].(string)
	if p.hash == "" {
		return badRequest(http.StatusBadRequest, "extensions.persistedQuery.sha256Hash must be the SHA-256 of a document, as a string of hexadecimal digits")
	}
	return nil
}
