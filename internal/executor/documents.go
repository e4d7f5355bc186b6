package executor

import (
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/vektah/gqlparser/v2/ast"
)

// The bounds of Documents: together they bound its memory.
const (
	maxDocuments      = 1000
	maxDocumentBytes  = 16 << 10 // a longer document is parsed and compiled each time
	maxKeptSelections = 1000     // a longer plan is compiled each time; a field takes about 400 bytes
)

// Documents keeps the documents used last, parsed and validated, with the plans of their operations. It is safe for
// concurrent use.
type Documents struct {
	kept graphql.Cache[*document]
}

var _ graphql.Cache[*ast.QueryDocument] = (*Documents)(nil)

// document is a document with the plans of its operations, each made when it is first asked for.
type document struct {
	parsed *ast.QueryDocument
	mu     sync.Mutex
	plans  map[*ast.OperationDefinition]*plan
}

// NewDocuments makes an empty Documents.
func NewDocuments() *Documents {
	return &Documents{kept: lru.New[*document](maxDocuments)}
}

// Get finds a document by its text.
func (d *Documents) Get(ctx context.Context, text string) (*ast.QueryDocument, bool) {
	if found, ok := d.kept.Get(ctx, text); ok {
		return found.parsed, true
	}
	return nil, false
}

// Add keeps a document, if its text is short enough.
func (d *Documents) Add(ctx context.Context, text string, parsed *ast.QueryDocument) {
	if len(text) <= maxDocumentBytes {
		d.kept.Add(ctx, text, &document{parsed: parsed, plans: map[*ast.OperationDefinition]*plan{}})
	}
}

// plan is the plan of an operation, kept beside its document; nil where gqlgen has to run it.
func (d *Documents) plan(ctx context.Context, op *graphql.OperationContext, compile func() *plan) *plan {
	found, ok := d.kept.Get(ctx, op.RawQuery)
	if !ok || found.parsed != op.Doc {
		return compile()
	}
	found.mu.Lock()
	defer found.mu.Unlock()
	compiled, known := found.plans[op.Operation]
	if !known {
		compiled = compile()
		if compiled == nil || compiled.selections <= maxKeptSelections {
			found.plans[op.Operation] = compiled
		}
	}
	return compiled
}
