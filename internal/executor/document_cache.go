package executor

import (
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/vektah/gqlparser/v2/ast"
)

// What kept documents take of memory, in bytes, about: a parsed document is up to eighty times as long as its text, and
// whoever sends documents decides which are kept.
const (
	maxKeptBytes         = 64 << 20
	maxKeptDocumentBytes = 4 << 20 // with its plans, beyond which a plan is compiled each time
	nodeBytes            = 256     // of a field, a fragment, an argument or a value
	selectionBytes       = 400     // of a plan
)

// keptDocuments are the documents used last, within maxDocuments and maxKeptBytes.
type keptDocuments struct {
	mu    sync.Mutex
	byUse *simplelru.LRU[string, *document]
	bytes int
}

func newKeptDocuments() *keptDocuments {
	kept := &keptDocuments{}
	kept.byUse, _ = simplelru.NewLRU(maxDocuments, func(_ string, gone *document) { // it objects to sizes below 1 alone
		kept.bytes -= gone.bytes
	})
	return kept
}

func (k *keptDocuments) get(text string) (*document, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.byUse.Get(text)
}

func (k *keptDocuments) add(text string, added *document) {
	added.bytes = len(text) + nodeBytes*nodes(added.parsed)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.byUse.Remove(text)
	k.byUse.Add(text, added)
	k.bytes += added.bytes
	k.shrink()
}

// keepPlan counts a plan with its document, and tells whether there is room for it.
func (k *keptDocuments) keepPlan(text string, of *document, selections int) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if found, ok := k.byUse.Peek(text); !ok || found != of || of.bytes+selectionBytes*selections > maxKeptDocumentBytes {
		return false
	}
	of.bytes += selectionBytes * selections
	k.bytes += selectionBytes * selections
	k.shrink()
	return true
}

// shrink drops the documents that were used the longest time ago until the others fit. The caller holds k.mu.
func (k *keptDocuments) shrink() {
	for k.bytes > maxKeptBytes {
		k.byUse.RemoveOldest()
	}
}

// nodes counts what a document consists of.
func nodes(document *ast.QueryDocument) int {
	n := 0
	for _, operation := range document.Operations {
		n += 1 + len(operation.VariableDefinitions) + nodesOf(operation.SelectionSet) + directiveNodes(operation.Directives)
	}
	for _, fragment := range document.Fragments {
		n += 1 + nodesOf(fragment.SelectionSet) + directiveNodes(fragment.Directives)
	}
	return n
}

func nodesOf(selections ast.SelectionSet) int {
	n := len(selections)
	for _, selection := range selections {
		switch selection := selection.(type) {
		case *ast.Field:
			n += argumentNodes(selection.Arguments) + directiveNodes(selection.Directives) + nodesOf(selection.SelectionSet)
		case *ast.InlineFragment:
			n += directiveNodes(selection.Directives) + nodesOf(selection.SelectionSet)
		case *ast.FragmentSpread:
			n += directiveNodes(selection.Directives)
		}
	}
	return n
}

func directiveNodes(directives ast.DirectiveList) int {
	n := len(directives)
	for _, directive := range directives {
		n += argumentNodes(directive.Arguments)
	}
	return n
}

func argumentNodes(arguments ast.ArgumentList) int {
	n := len(arguments)
	for _, argument := range arguments {
		n += valueNodes(argument.Value)
	}
	return n
}

func valueNodes(value *ast.Value) int {
	n := 1
	for _, child := range value.Children {
		n += valueNodes(child.Value)
	}
	return n
}
