package graph

import (
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// faults remembers what errors an operation has, and what it has logged of them: a statement that fails fails each of a level's users, who have an
// error each in the answer and one line together in the log.
type faults struct {
	mu     sync.Mutex
	logged map[string]bool // nil until something is
	errors int             // of the answer, those that it does not have included
}

type faultsKey struct{}

func withFaults(ctx context.Context) context.Context {
	return context.WithValue(ctx, faultsKey{}, &faults{})
}

// isNewFault tells whether the operation met an error in the field at ctx for the first time, whichever user of
// the level it was for. Outside of an operation every error is new.
func isNewFault(ctx context.Context, message string) bool {
	known, ok := ctx.Value(faultsKey{}).(*faults)
	if !ok {
		return true
	}
	place := message
	for _, step := range graphql.GetPath(ctx) {
		if name, ok := step.(ast.PathName); ok {
			place += "." + string(name)
		}
	}
	known.mu.Lock()
	defer known.mu.Unlock()
	if known.logged == nil {
		known.logged = map[string]bool{}
	}
	isNew := !known.logged[place]
	known.logged[place] = true
	return isNew
}
