package executor

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// The bounds of Documents, beside those of its memory in document_cache.go.
const (
	maxDocuments        = 1000
	maxDocumentBytes    = 16 << 10 // a longer document is parsed and compiled each time
	maxCachedSelections = 1000     // a longer plan is compiled each time
)

// Documents keeps the documents used last, parsed and validated, with the plans of their operations, and beside them
// those that were pinned. It is safe for concurrent use.
type Documents struct {
	cache  *documentCache
	pinned atomic.Pointer[map[string]*documentEntry]
}

var _ graphql.Cache[*ast.QueryDocument] = (*Documents)(nil)

// document is a document with the plans of its operations, each made when it is first asked for.
type documentEntry struct {
	parsed *ast.QueryDocument
	pinned bool
	bytes  int // in memory, about; keptDocuments has it
	mu     sync.Mutex
	plans  map[*ast.OperationDefinition]*plan
}

// NewDocuments makes an empty Documents.
func NewDocuments() *Documents {
	d := &Documents{cache: newDocumentCache()}
	d.pinned.Store(&map[string]*documentEntry{})
	return d
}

// Pin keeps parsed and validated documents by their texts until it is called the next time, with plans of whatever
// length: other documents do not push them out. One that stays pinned keeps its plans, as long as it is the same parsed
// document.
func (d *Documents) Pin(documents map[string]*ast.QueryDocument) {
	before := *d.pinned.Load()
	pinned := make(map[string]*documentEntry, len(documents))
	for text, parsed := range documents {
		entry, ok := before[text]
		if !ok || entry.parsed != parsed {
			entry = newDocument(parsed)
			entry.pinned = true
		}
		pinned[text] = entry
	}
	d.pinned.Store(&pinned)
}

func newDocument(parsed *ast.QueryDocument) *documentEntry {
	return &documentEntry{parsed: parsed, plans: map[*ast.OperationDefinition]*plan{}}
}

func (d *Documents) find(text string) (*documentEntry, bool) {
	if entry, ok := (*d.pinned.Load())[text]; ok {
		return entry, true
	}
	return d.cache.get(text)
}

// Get finds a document by its text.
func (d *Documents) Get(_ context.Context, text string) (*ast.QueryDocument, bool) {
	if entry, ok := d.find(text); ok {
		return entry.parsed, true
	}
	return nil, false
}

// Add keeps a document, if its text is short enough.
func (d *Documents) Add(_ context.Context, text string, parsed *ast.QueryDocument) {
	if len(text) <= maxDocumentBytes {
		d.cache.add(text, newDocument(parsed))
	}
}

// plan is the plan of an operation, kept beside its document; nil where gqlgen has to run it.
func (d *Documents) plan(op *graphql.OperationContext, compile func() *plan) *plan {
	entry, ok := d.find(op.RawQuery)
	if !ok || entry.parsed != op.Doc {
		return compile()
	}
	entry.mu.Lock()
	defer entry.mu.Unlock()
	compiled, known := entry.plans[op.Operation]
	if !known {
		compiled = compile()
		if entry.pinned || compiled == nil ||
			compiled.selections <= maxCachedSelections && d.cache.addPlan(op.RawQuery, entry, compiled.selections) {
			entry.plans[op.Operation] = compiled
		}
	}
	return compiled
}
