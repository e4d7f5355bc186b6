package social

import (
	"context"
	"errors"
	"net/netip"

	"followgraph/internal/apperr"
	"followgraph/internal/globalid"
	"followgraph/internal/model"
	"followgraph/internal/observe"
	"followgraph/internal/viewer"
)

// event is what the observer receives when an action on accounts ends. Its actor is the caller before the action,
// because the action may sign in or delete the caller's account.
type event struct {
	observe.AccountEvent
	mayHaveWritten bool // whether the database was asked to write a unique value
}

// withEvent runs an action and reports its outcome to the observer.
func withEvent[I, P any](
	ctx context.Context, action observe.AccountAction, input I, do func(context.Context, I, *event) (P, error),
) (P, error) {
	e := newEvent(ctx, action)
	payload, err := do(ctx, input, e)
	e.report(ctx, err)
	return payload, err
}

func newEvent(ctx context.Context, action observe.AccountAction) *event {
	caller := viewer.From(ctx)
	return &event{AccountEvent: observe.AccountEvent{Action: action, Actor: actor(caller), Address: caller.Address}}
}

// actor returns the name of a caller in events. A user of the command line is an operator without an account.
func actor(caller viewer.Viewer) string {
	switch {
	case caller.SignedIn():
		return caller.CognitoID
	case caller.Operator:
		return observe.CommandLine
	default:
		return observe.Anonymous
	}
}

// setSubject records which account the action is about.
func (e *event) setSubject(cognitoID string) { e.Subjects = []string{cognitoID} }

// setInputSubject records the account that an input names: the caller's own if userID is nil. It ignores a malformed
// id.
func (e *event) setInputSubject(ctx context.Context, userID *string) {
	if userID == nil {
		if caller := viewer.From(ctx); caller.SignedIn() {
			e.setSubject(caller.CognitoID)
		}
	} else if id, err := globalid.ParseUser("userId", *userID); err == nil {
		e.setSubject(id)
	}
}

// setAccount records a created account.
func (e *event) setAccount(account *model.Account) {
	if account != nil {
		e.setSubject(account.CognitoID)
	}
}

// withReason returns err unchanged, and records the reason if it is RATE_LIMITED.
func (e *event) withReason(reason observe.Reason, err error) error {
	if apperr.CodeOf(err) == apperr.RateLimited {
		e.Reason = reason
	}
	return err
}

// report sends the event with its outcome to the observer.
func (e *event) report(ctx context.Context, err error) {
	e.Outcome = observe.Done
	if err != nil {
		code := clientCode(err)
		e.Code, e.Outcome = string(code), outcomes[code]
		if e.Outcome == "" {
			e.Outcome = observe.Refused
		}
		if at := fieldsAtFault(err); at != nil {
			e.Fields = at
		}
	}
	switch {
	case errors.Is(err, errNotOperator):
		e.Reason = observe.NotOperator
	case errors.Is(err, errRegistrationClosed):
		e.Reason = observe.RegistrationClosed
	case err == nil:
		e.Reason = ""
	}
	observe.From(ctx).Account(ctx, e.AccountEvent)
}

// outcomes maps the codes that are not a rejection.
var outcomes = map[apperr.Code]observe.Outcome{
	apperr.Internal: observe.Failed, apperr.DatabaseMismatch: observe.Failed, apperr.Unavailable: observe.Failed, apperr.Timeout: observe.Failed, apperr.Canceled: observe.Failed,
}

// clientCode returns the code that the client gets.
func clientCode(err error) apperr.Code {
	code := apperr.CodeOf(err)
	switch {
	case code != apperr.Internal:
	case errors.Is(err, context.DeadlineExceeded):
		return apperr.Timeout
	case errors.Is(err, context.Canceled):
		return apperr.Canceled
	}
	return code
}

// fieldsAtFault returns the fields that an error names.
func fieldsAtFault(err error) (fields []string) {
	var all apperr.Errors
	var one *apperr.Error
	if errors.As(err, &all) {
		for _, each := range all {
			if each.Field != "" {
				fields = append(fields, each.Field)
			}
		}
	} else if errors.As(err, &one) && one.Field != "" {
		fields = []string{one.Field}
	}
	return fields
}

// reportPrivateRead notifies the observer that an operator has read private data of other users.
func reportPrivateRead(ctx context.Context, caller viewer.Viewer, others []string) {
	if len(others) == 0 {
		return
	}
	observe.From(ctx).Account(ctx, observe.AccountEvent{
		Action: observe.ReadPrivate, Outcome: observe.Done, Actor: actor(caller), Subjects: others, Address: caller.Address,
	})
}

// addressOf returns the address that the caller's request came from.
func addressOf(ctx context.Context) netip.Addr { return viewer.From(ctx).Address }
