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

// errorMemory is what an operation remembers of its errors. A failed statement can cause an error for every user of a
// level: the response has one error for each user, and the log has one line for all.
type errorMemory struct {
	mu       sync.Mutex
	logged   map[string]bool     // by message and path of fields; nil until an error is logged
	errors   int                 // number of errors, including those that the response does not show
	inputs   map[string]ast.Path // of errors of arguments: the first path, by message and path of fields
	repeated bool                // whether an error of an argument was left out because an earlier one is equal
}

type errorMemoryKey struct{}

// WithErrorMemory returns a context for an operation with an empty memory of errors.
func WithErrorMemory(ctx context.Context) context.Context {
	return context.WithValue(ctx, errorMemoryKey{}, &errorMemory{})
}

// isNewFault reports whether an error is the first of its kind in the field at ctx, for all users of the level
// together. Without an operation, it is true.
func isNewFault(ctx context.Context, message string) bool {
	memory, ok := ctx.Value(errorMemoryKey{}).(*errorMemory)
	if !ok {
		return true
	}
	key := message + names(graphql.GetPath(ctx))
	memory.mu.Lock()
	defer memory.mu.Unlock()
	if memory.logged == nil {
		memory.logged = map[string]bool{}
	}
	isNew := !memory.logged[key]
	memory.logged[key] = true
	return isNew
}

// names returns the field names of a path, without the indexes of elements.
func names(path ast.Path) string {
	var text strings.Builder
	for _, step := range path {
		if name, ok := step.(ast.PathName); ok {
			text.WriteString("." + string(name))
		}
	}
	return text.String()
}

// isRepeated reports whether an error of a field's arguments repeats an error of the same field in another element of a
// list. Without an operation, it is false.
func isRepeated(ctx context.Context, presented *gqlerror.Error) bool {
	memory, ok := ctx.Value(errorMemoryKey{}).(*errorMemory)
	if !ok {
		return false
	}
	key, ok := inputOf(presented)
	if !ok {
		return false
	}
	memory.mu.Lock()
	defer memory.mu.Unlock()
	first, repeated := memory.inputs[key]
	if memory.inputs == nil {
		memory.inputs = map[string]ast.Path{}
	}
	if !repeated || isBefore(presented.Path, first) {
		memory.inputs[key] = presented.Path
	}
	memory.repeated = memory.repeated || repeated
	return repeated
}

// inputOf returns the key of an error of arguments. ok is false for other errors.
func inputOf(presented *gqlerror.Error) (key string, ok bool) {
	if len(presented.Path) < 2 || presented.Extensions["code"] != apperr.BadUserInput {
		return "", false
	}
	_, ok = presented.Path[len(presented.Path)-1].(ast.PathName)
	return presented.Message + names(presented.Path), ok
}

// relocate moves each error of arguments to the first element that has it: elements are resolved in any order. The
// caller holds mu.
func (m *errorMemory) relocate(errs gqlerror.List) {
	for _, err := range errs {
		if key, ok := inputOf(err); ok && m.inputs[key] != nil {
			err.Path = m.inputs[key]
		}
	}
}

// isBefore reports whether a path is before another one with the same names, by the indexes of elements.
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
