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

// The limits of errors in a response: one failed statement can cause an error for each of ten thousand users.
const (
	maxErrors    = 100
	maxErrorText = 1 << 10 // bytes of a message, and of a name in a path
)

// LimitErrors adds an error with the number of errors that the response leaves out, if it leaves out any.
func LimitErrors(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	response := next(ctx)
	memory, ok := ctx.Value(errorMemoryKey{}).(*errorMemory)
	if response == nil || !ok {
		return response
	}
	memory.mu.Lock()
	defer memory.mu.Unlock()
	memory.relocate(response.Errors)
	if more := memory.errors - maxErrors; more > 0 && len(response.Errors) > 0 {
		response.Errors = append(response.Errors, &gqlerror.Error{
			Message:    fmt.Sprintf("%d more errors are not shown", more),
			Extensions: map[string]any{"code": response.Errors[len(response.Errors)-1].Extensions["code"]},
		})
	}
	return response
}

// hasRoom counts an error of the operation and reports whether the response shows it. Without an operation, it is true.
func hasRoom(ctx context.Context) bool {
	memory, ok := ctx.Value(errorMemoryKey{}).(*errorMemory)
	if !ok {
		return true
	}
	memory.mu.Lock()
	defer memory.mu.Unlock()
	memory.errors++
	return memory.errors <= maxErrors
}

// followsHidden reports whether an error may be a consequence of an error that the response does not show. gqlgen adds
// an error for a null in a non-null position if it finds no other error for it.
func followsHidden(ctx context.Context, err error) bool {
	memory, ok := ctx.Value(errorMemoryKey{}).(*errorMemory)
	if !ok {
		return false
	}
	memory.mu.Lock()
	defer memory.mu.Unlock()
	return (memory.repeated || memory.errors > maxErrors) && errors.Is(err, graphql.ErrInvalidNull)
}

// shorten returns an error with long texts cut off, such as values that the client sent.
func shorten(err *gqlerror.Error) *gqlerror.Error {
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

// clip cuts a text at a character boundary.
func clip(text string) string {
	if len(text) <= maxErrorText {
		return text
	}
	end := maxErrorText
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return strings.Clone(text[:end]) + "…" // the clone lets the garbage collector free the whole text
}
