package operation

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"math"
	"runtime/debug"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/internal/apperr"
	"followgraph/internal/executor"
)

// maskedMessage replaces the message of an unknown error. The log has the original.
const maskedMessage = "internal server error: the server log has the details under the request id of this response"

const timeoutMessage = "the operation exceeded the time limit of the server: try again later or request less"

// PresentError returns a function that words errors for clients. An *apperr.Error keeps its message, code and field,
// and gqlgen's errors about the document keep their message and code. Any other error is logged once and masked.
//
// A wrong argument of a field below a list causes one error, at the first element, instead of one for each element: the
// argument is the same for all. A response has at most maxErrors errors, see LimitErrors, with texts of at most
// maxErrorText bytes.
func PresentError(log *slog.Logger) graphql.ErrorPresenterFunc {
	present := presenter(log)
	return func(ctx context.Context, err error) *gqlerror.Error {
		if executor.LimitOf(ctx).Exceeded() || followsHidden(ctx, err) {
			return nil // a consequence of an error that is reported already
		}
		presented := present(ctx, err)
		if isRepeated(ctx, presented) || !hasRoom(ctx) {
			return nil
		}
		return shorten(presented)
	}
}

func presenter(log *slog.Logger) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		var ours *apperr.Error
		var theirs *gqlerror.Error
		errors.As(err, &theirs)
		switch {
		case isCanceled(err) && !isAbandoned(ctx):
			ours = apperr.Wrap(apperr.Timeout, err, timeoutMessage)
		case errors.As(err, &ours):
		case errors.Is(err, context.DeadlineExceeded):
			ours = apperr.Wrap(apperr.Timeout, err, timeoutMessage)
		case errors.Is(err, context.Canceled):
			ours = apperr.Wrap(apperr.Canceled, err, "the operation was canceled")
		case theirs != nil && theirs.Extensions["code"] != nil:
			return theirs
		case hasInvalidArguments(ctx):
			ours = apperr.New(apperr.BadUserInput, "%s", plain(err))
		default:
			ours = apperr.Wrap(apperr.Internal, err, maskedMessage)
		}
		if isFault(ctx, ours) && isNewFault(ctx, plain(err)) {
			log.ErrorContext(ctx, "operation failed", "code", ours.Code, "path", graphql.GetPath(ctx).String(), "error", ours.Unwrap())
		}
		presented := &gqlerror.Error{
			Message:    ours.Message,
			Path:       graphql.GetPath(ctx),
			Locations:  locations(ctx),
			Extensions: map[string]any{"code": ours.Code},
		}
		maps.Copy(presented.Extensions, ours.Details)
		if ours.Field != "" {
			presented.Extensions["field"] = ours.Field
		}
		if ours.RetryAfter > 0 {
			presented.Extensions["retryAfter"] = int(math.Ceil(ours.RetryAfter.Seconds()))
		}
		if theirs != nil && theirs.Locations != nil {
			presented.Locations = theirs.Locations
		}
		if theirs != nil && theirs.Path != nil {
			presented.Path = theirs.Path
		}
		return presented
	}
}

// AddElementErrors adds errors of elements of the list that the field at ctx returns. An element without an error is
// nil in errs.
func AddElementErrors(ctx context.Context, errs []error) {
	for i, err := range errs {
		if err != nil {
			graphql.AddError(ctx, gqlerror.WrapPath(append(graphql.GetPath(ctx), ast.PathIndex(i)), err))
		}
	}
}

// isAbandoned reports whether ctx was canceled because the client closed the connection. After its deadline, an
// operation has timed out, even if that canceled a part of it.
func isAbandoned(ctx context.Context) bool { return errors.Is(ctx.Err(), context.Canceled) }

// isFault reports whether an error is logged. A TIMEOUT is a fault if the operation still had time: something else
// ended a statement, such as the server's statement_timeout or an administrator. An UNAVAILABLE without a cause that
// states when to try again is none: the server expects it, and it passes.
func isFault(ctx context.Context, err *apperr.Error) bool {
	switch err.Code {
	case apperr.Internal, apperr.DatabaseMismatch:
		return true
	case apperr.Unavailable:
		return err.RetryAfter == 0 || err.Unwrap() != nil
	case apperr.Timeout:
		return ctx.Err() == nil
	default:
		return false
	}
}

// isCanceled reports whether an error is due to the end of a context.
func isCanceled(err error) bool {
	return errors.Is(err, context.Canceled) || apperr.CodeOf(err) == apperr.Canceled
}

// locations returns the location of the field at ctx in the document, which gqlgen omits for batch resolvers.
func locations(ctx context.Context) []gqlerror.Location {
	field := graphql.GetFieldContext(ctx)
	if field == nil || field.Field.Field == nil || field.Field.Position == nil {
		return nil
	}
	return []gqlerror.Location{{Line: field.Field.Position.Line, Column: field.Field.Position.Column}}
}

// hasInvalidArguments reports whether gqlgen's generated code failed to read an argument of the field at ctx: the error
// is about the client's value.
func hasInvalidArguments(ctx context.Context) bool {
	field := graphql.GetFieldContext(ctx)
	return field != nil && field.Field.Field != nil && field.Args == nil &&
		field.Field.Definition != nil && len(field.Field.Definition.Arguments) > 0
}

// plain returns the message of an error without the path that gqlgen puts in front of it.
func plain(err error) string {
	var theirs *gqlerror.Error
	if errors.As(err, &theirs) {
		return theirs.Message
	}
	return err.Error()
}

// Recover returns an error for a panic of a resolver. PresentError logs it with its stack, and masks it.
func Recover(_ context.Context, fault any) error {
	return &panicError{fault: fault, stack: debug.Stack()}
}

type panicError struct {
	fault any
	stack []byte
}

func (e *panicError) Error() string { return "panic in a resolver" }

// LogValue returns the panic and its stack, which only the log has.
func (e *panicError) LogValue() slog.Value {
	return slog.GroupValue(slog.Any("panic", e.fault), slog.String("stack", string(e.stack)))
}
