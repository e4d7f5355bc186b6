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

// maskedMessage is all that a client learns of a fault of ours; the log has the rest.
const maskedMessage = "internal server error: the server log has the details under the request id of this response"

const tookLonger = "the operation exceeded the time limit of the server: try again later or request less"

// PresentError words an error for the client. One of ours keeps its message, code and field; one of gqlgen's about
// the document keeps its message and code; anything else is logged once and masked.
//
// A wrong argument of a field below a list is one error, at the first element's field, and not one for each element: the
// argument is the same for all. An operation has maxErrors errors at most, see LimitErrors, and no text in one is longer than maxErrorText.
func PresentError(log *slog.Logger) graphql.ErrorPresenterFunc {
	present := presenter(log)
	return func(ctx context.Context, err error) *gqlerror.Error {
		if executor.LimitOf(ctx).Exceeded() || followsUnshown(ctx, err) {
			return nil // what is missing is so because of that
		}
		presented := present(ctx, err)
		if isRepeated(ctx, presented) || !admitted(ctx) {
			return nil
		}
		return clipped(presented)
	}
}

func presenter(log *slog.Logger) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		var ours *apperr.Error
		var theirs *gqlerror.Error
		errors.As(err, &theirs)
		switch {
		case isCanceled(err) && !left(ctx):
			ours = apperr.Wrap(apperr.Timeout, err, tookLonger)
		case errors.As(err, &ours):
		case errors.Is(err, context.DeadlineExceeded):
			ours = apperr.Wrap(apperr.Timeout, err, tookLonger)
		case errors.Is(err, context.Canceled):
			ours = apperr.Wrap(apperr.Canceled, err, "the operation was canceled")
		case theirs != nil && theirs.Extensions["code"] != nil:
			return theirs
		case argumentsRefused(ctx):
			ours = apperr.New(apperr.BadUserInput, "%s", plain(err))
		default:
			ours = apperr.Wrap(apperr.Internal, err, maskedMessage)
		}
		if isFault(ctx, ours.Code) && isNewFault(ctx, plain(err)) {
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

// AddElementErrors adds errors of elements of the list that the field at ctx returns, each in its element's place.
func AddElementErrors(ctx context.Context, errs []error) {
	for i, err := range errs {
		if err != nil {
			graphql.AddError(ctx, gqlerror.WrapPath(append(graphql.GetPath(ctx), ast.PathIndex(i)), err))
		}
	}
}

// left reports whether the client went away, as far as ctx knows. An operation whose time is up has timed out, even where
// something in it was canceled because of that.
func left(ctx context.Context) bool { return errors.Is(ctx.Err(), context.Canceled) }

// isFault reports whether an operator wants to know of an error. A TIMEOUT tells one where the operation still had time:
// something else ended a statement, such as the server's statement_timeout or an administrator.
func isFault(ctx context.Context, code apperr.Code) bool {
	return code == apperr.Internal || code == apperr.DatabaseMismatch || code == apperr.Unavailable || code == apperr.Timeout && ctx.Err() == nil
}

// isCanceled reports whether something did not come to its end because its context ended.
func isCanceled(err error) bool {
	return errors.Is(err, context.Canceled) || apperr.CodeOf(err) == apperr.Canceled
}

// locations is where the field at ctx stands in the document: gqlgen does not give it for batch resolvers.
func locations(ctx context.Context) []gqlerror.Location {
	field := graphql.GetFieldContext(ctx)
	if field == nil || field.Field.Field == nil || field.Field.Position == nil {
		return nil
	}
	return []gqlerror.Location{{Line: field.Field.Position.Line, Column: field.Field.Position.Column}}
}

// argumentsRefused tells whether the field at ctx never got its arguments: gqlgen's generated code could not read
// one of them, so the error is about the client's value.
func argumentsRefused(ctx context.Context) bool {
	field := graphql.GetFieldContext(ctx)
	return field != nil && field.Field.Field != nil && field.Args == nil &&
		field.Field.Definition != nil && len(field.Field.Definition.Arguments) > 0
}

// plain is an error's message without the path that gqlgen's wrapping puts before it.
func plain(err error) string {
	var theirs *gqlerror.Error
	if errors.As(err, &theirs) {
		return theirs.Message
	}
	return err.Error()
}

// Recover turns a resolver's panic into an error that PresentError logs with its stack and masks.
func Recover(_ context.Context, fault any) error {
	return &panicError{fault: fault, stack: debug.Stack()}
}

type panicError struct {
	fault any
	stack []byte
}

func (e *panicError) Error() string { return "panic in a resolver" }

// LogValue gives the log what no client may see.
func (e *panicError) LogValue() slog.Value {
	return slog.GroupValue(slog.Any("panic", e.fault), slog.String("stack", string(e.stack)))
}
