package executor

import (
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/vektah/gqlparser/v2/ast"
)

// The approximate memory of cached documents, in bytes. Memory is limited because a parsed document takes up to 80
// times the size of its text, and because clients choose which documents are cached.
const (
	maxCacheBytes  = 64 << 20
	maxEntryBytes  = 4 << 20 // a document with its plans; further plans are compiled for each request
	nodeBytes      = 256     // of a field, a fragment, an argument or a value
	selectionBytes = 400     // of a selection in a plan
)

// documentCache is an LRU cache of at most maxDocuments documents and about maxCacheBytes bytes.
type documentCache struct {
	mu    sync.Mutex
	byUse *simplelru.LRU[string, *documentEntry]
	bytes int
}

func newDocumentCache() *documentCache {
	cache := &documentCache{}
	cache.byUse, _ = simplelru.NewLRU(maxDocuments, func(_ string, entry *documentEntry) { // NewLRU fails only for sizes below 1
		cache.bytes -= entry.bytes
	})
	return cache
}

func (k *documentCache) get(text string) (*documentEntry, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.byUse.Get(text)
}

func (k *documentCache) add(text string, entry *documentEntry) {
	entry.bytes = len(text) + nodeBytes*nodes(entry.parsed)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.byUse.Remove(text)
	k.byUse.Add(text, entry)
	k.bytes += entry.bytes
	k.shrink()
}

// addPlan adds the size of a plan to that of its document. It reports whether the plan may be cached.
func (k *documentCache) addPlan(text string, entry *documentEntry, selections int) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if cached, ok := k.byUse.Peek(text); !ok || cached != entry || entry.bytes+selectionBytes*selections > maxEntryBytes {
		return false
	}
	entry.bytes += selectionBytes * selections
	k.bytes += selectionBytes * selections
	k.shrink()
	return true
}

// shrink evicts the least recently used documents until the rest fits. The caller holds k.mu.
func (k *documentCache) shrink() {
	for k.bytes > maxCacheBytes {
		k.byUse.RemoveOldest()
	}
}

// nodes counts the nodes of a document.
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
