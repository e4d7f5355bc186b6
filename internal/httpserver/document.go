package httpserver

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/vektah/gqlparser/v2/ast"
)

// The bounds of the cache of parsed and validated documents: together they bound its memory.
const (
	cachedDocuments   = 1000
	maxCachedDocument = 16 << 10 // bytes; a longer document is parsed each time
)

// documentCache keeps the documents used last.
type documentCache struct {
	graphql.Cache[*ast.QueryDocument]
}

func newDocumentCache() documentCache {
	return documentCache{lru.New[*ast.QueryDocument](cachedDocuments)}
}

// Add keeps a document, if its text is short enough.
func (c documentCache) Add(ctx context.Context, text string, document *ast.QueryDocument) {
	if len(text) <= maxCachedDocument {
		c.Cache.Add(ctx, text, document)
	}
}
