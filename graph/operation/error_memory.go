package operation

import (
	"context"
	"strings"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/internal/apperr"
)

// errorMemory remembers what errors an operation has, and what it has logged of them: a statement that fails fails each of a level's users, who have an
// error each in the answer and one line together in the log.
type errorMemory struct {
	mu     sync.Mutex
	logged map[string]bool     // nil until something is
	errors int                 // of the answer, those that it does not have included
	inputs map[string]ast.Path // what was said of arguments, by field and message, and the first element's; nil until something is
	again  bool                // whether any of that would have been said again
}

type errorMemoryKey struct{}

func WithErrorMemory(ctx context.Context) context.Context {
	return context.WithValue(ctx, errorMemoryKey{}, &errorMemory{})
}

// isNewFault tells whether the operation met an error in the field at ctx for the first time, whichever user of
// the level it was for. Outside of an operation every error is new.
func isNewFault(ctx context.Context, message string) bool {
	known, ok := ctx.Value(errorMemoryKey{}).(*errorMemory)
	if !ok {
		return true
	}
	place := message + names(graphql.GetPath(ctx))
	known.mu.Lock()
	defer known.mu.Unlock()
	if known.logged == nil {
		known.logged = map[string]bool{}
	}
	isNew := !known.logged[place]
	known.logged[place] = true
	return isNew
}

// names is a path without the places of elements.
func names(path ast.Path) string {
	var text strings.Builder
	for _, step := range path {
		if name, ok := step.(ast.PathName); ok {
			text.WriteString("." + string(name))
		}
	}
	return text.String()
}

// isRepeated tells whether an error says of a field's arguments what was said already, for the same field of another element
// of a list. Outside of an operation nothing was.
func isRepeated(ctx context.Context, presented *gqlerror.Error) bool {
	known, ok := ctx.Value(errorMemoryKey{}).(*errorMemory)
	if !ok {
		return false
	}
	key, ok := inputOf(presented)
	if !ok {
		return false
	}
	known.mu.Lock()
	defer known.mu.Unlock()
	first, repeated := known.inputs[key]
	if known.inputs == nil {
		known.inputs = map[string]ast.Path{}
	}
	if !repeated || isBefore(presented.Path, first) {
		known.inputs[key] = presented.Path
	}
	known.again = known.again || repeated
	return repeated
}

// inputOf is the key of an error about arguments of a field below a list; ok is false for any other.
func inputOf(presented *gqlerror.Error) (key string, ok bool) {
	if len(presented.Path) < 2 || presented.Extensions["code"] != apperr.BadUserInput {
		return "", false
	}
	_, ok = presented.Path[len(presented.Path)-1].(ast.PathName)
	return presented.Message + names(presented.Path), ok
}

// place puts the errors of arguments to the first element that had one: elements may have come in any order.
func (f *errorMemory) place(errs gqlerror.List) {
	for _, err := range errs {
		if key, ok := inputOf(err); ok && f.inputs[key] != nil {
			err.Path = f.inputs[key]
		}
	}
}

// isBefore compares the places of elements in two paths with the same names.
func isBefore(a, b ast.Path) bool {
	for i := range min(len(a), len(b)) {
		one, isIndex := a[i].(ast.PathIndex)
		other, alike := b[i].(ast.PathIndex)
		if isIndex && alike && one != other {
			return one < other
		}
	}
	return false
}
