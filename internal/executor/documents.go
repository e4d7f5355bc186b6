package executor

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// The limits of Documents. Those on memory are in document_cache.go.
const (
	maxDocuments        = 1000
	maxDocumentBytes    = 16 << 10 // longer documents are parsed and compiled for each request
	maxCachedSelections = 1000     // longer plans are compiled for each request
)

// Documents caches parsed and validated documents with the plans of their operations. It evicts the least recently used
// document, except those that are pinned. It is safe for concurrent use.
type Documents struct {
	cache  *documentCache
	pinned atomic.Pointer[map[string]*documentEntry]
}

var _ graphql.Cache[*ast.QueryDocument] = (*Documents)(nil)

// documentEntry is a document with the plans of its operations. Each plan is compiled on first use.
type documentEntry struct {
	parsed *ast.QueryDocument
	pinned bool
	bytes  int // approximate size in memory; guarded by documentCache.mu
	mu     sync.Mutex
	plans  map[*ast.OperationDefinition]*plan
}

// NewDocuments returns an empty cache.
func NewDocuments() *Documents {
	d := &Documents{cache: newDocumentCache()}
	d.pinned.Store(&map[string]*documentEntry{})
	return d
}

// Pin replaces the pinned documents, keyed by their texts. Pinned documents are never evicted, and their plans are
// cached regardless of length. A document that was pinned before keeps its plans if its parsed document is the same
// pointer.
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

// Get returns the parsed document of a text.
func (d *Documents) Get(_ context.Context, text string) (*ast.QueryDocument, bool) {
	if entry, ok := d.find(text); ok {
		return entry.parsed, true
	}
	return nil, false
}

// Add caches a document, if its text is short enough.
func (d *Documents) Add(_ context.Context, text string, parsed *ast.QueryDocument) {
	if len(text) <= maxDocumentBytes {
		d.cache.add(text, newDocument(parsed))
	}
}

// plan returns the cached plan of an operation, and compiles it on first use. The plan is nil if gqlgen has to run the
// operation.
func (d *Documents) plan(op *graphql.OperationContext, compile func() *plan) *plan {
	entry, ok := d.find(op.RawQuery)
	if !ok || entry.parsed != op.Doc {
		return compile()
	}
	entry.mu.Lock()
	defer entry.mu.Unlock()
	compiled, isCached := entry.plans[op.Operation]
	if !isCached {
		compiled = compile()
		if entry.pinned || compiled == nil ||
			compiled.selections <= maxCachedSelections && d.cache.addPlan(op.RawQuery, entry, compiled.selections) {
			entry.plans[op.Operation] = compiled
		}
	}
	return compiled
}
