package operation

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// What errors may take of an answer: a statement that fails may fail each of ten thousand users.
const (
	maxErrors    = 100
	maxErrorText = 1 << 10 // bytes of a message, and of a name in a path
)

// LimitErrors ends an answer that has more errors than it shows with one that says how many.
func LimitErrors(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	response := next(ctx)
	known, ok := ctx.Value(errorMemoryKey{}).(*errorMemory)
	if response == nil || !ok {
		return response
	}
	known.mu.Lock()
	defer known.mu.Unlock()
	known.place(response.Errors)
	if more := known.errors - maxErrors; more > 0 && len(response.Errors) > 0 {
		response.Errors = append(response.Errors, &gqlerror.Error{
			Message:    fmt.Sprintf("%d more errors are not shown", more),
			Extensions: map[string]any{"code": response.Errors[len(response.Errors)-1].Extensions["code"]},
		})
	}
	return response
}

// admitted counts an error of the operation, and tells whether the answer has room for it. Outside of an operation there
// is always room.
func admitted(ctx context.Context) bool {
	known, ok := ctx.Value(errorMemoryKey{}).(*errorMemory)
	if !ok {
		return true
	}
	known.mu.Lock()
	defer known.mu.Unlock()
	known.errors++
	return known.errors <= maxErrors
}

// followsUnshown tells whether an error may be about the null that an error without room, or a repeated one, has left: gqlgen looks in the
// answer for the error that explains a null.
func followsUnshown(ctx context.Context, err error) bool {
	known, ok := ctx.Value(errorMemoryKey{}).(*errorMemory)
	if !ok {
		return false
	}
	known.mu.Lock()
	defer known.mu.Unlock()
	return (known.again || known.errors > maxErrors) && errors.Is(err, graphql.ErrInvalidNull)
}

// clipped is an error without what is too long of it, such as a value that the client sent.
func clipped(err *gqlerror.Error) *gqlerror.Error {
	tooLong := len(err.Message) > maxErrorText
	for _, step := range err.Path {
		name, ok := step.(ast.PathName)
		tooLong = tooLong || ok && len(name) > maxErrorText
	}
	if !tooLong {
		return err
	}
	short := *err
	short.Message = clip(err.Message)
	short.Path = nil
	for _, step := range err.Path {
		if name, ok := step.(ast.PathName); ok {
			step = ast.PathName(clip(string(name)))
		}
		short.Path = append(short.Path, step)
	}
	return &short
}

// clip cuts a text between two characters.
func clip(text string) string {
	if len(text) <= maxErrorText {
		return text
	}
	end := maxErrorText
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return strings.Clone(text[:end]) + "…" // a clone does not keep the whole text in memory
}
