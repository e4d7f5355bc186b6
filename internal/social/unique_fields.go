package social

import (
	"context"
	"errors"

	"followgraph/internal/apperr"
	"followgraph/internal/observe"
	"followgraph/internal/viewer"
)

var errRegistrationClosed = apperr.New(apperr.Forbidden,
	"registration is disabled on this server: ask the operator for an account")

// writeUnique runs a write that gives an account a username, an email address or a phone number, which only one account
// may have. CONFLICT reveals that another account has it, so each caller has a limited number of attempts. After that,
// calls are rejected before the database is asked. Operators may see these values and are not limited. The command line
// receives all conflicts at once.
func (s *Service) writeUnique(ctx context.Context, e *event, write func() error) error {
	caller := viewer.From(ctx)
	switch {
	case e.Actor == observe.CommandLine:
		return write()
	case caller.Operator:
		return withoutPrivate(write())
	}
	attempt, err := s.options.Attempts.TakeClaim(caller.CognitoID, caller.Address)
	if err != nil {
		return e.withReason(observe.TooManyClaims, err)
	}
	err = write()
	switch {
	case err == nil, apperr.CodeOf(err) == apperr.NotFound: // no account has the value, and the caller's account is gone
		s.options.Attempts.Succeeded(attempt)
	case apperr.CodeOf(err) != apperr.Conflict && !e.mayBeWritten(err):
		s.options.Attempts.Release(attempt)
	}
	return withoutPrivate(err)
}

// createLimited is writeUnique for the creation of an account. Each network may create a limited number of accounts.
func (s *Service) createLimited(ctx context.Context, e *event, write func() error) error {
	if viewer.From(ctx).Operator {
		return s.writeUnique(ctx, e, write)
	}
	attempt, err := s.options.Attempts.TakeRegistration(addressOf(ctx))
	if err != nil {
		return e.withReason(observe.TooManyAccounts, err)
	}
	err = s.writeUnique(ctx, e, write)
	if err != nil && !e.mayBeWritten(err) {
		s.options.Attempts.Release(attempt)
	}
	return err
}

// mayBeWritten reports whether a write that ended with err may have been committed, or rejected as a conflict, because
// its time was up or the client left. Clients control when that happens and can check the result themselves, so the
// attempt is not returned.
func (e *event) mayBeWritten(err error) bool {
	code := clientCode(err)
	return e.mayHaveWritten && (code == apperr.Canceled || code == apperr.Timeout)
}

// mayRegister rejects callers who may not create accounts.
func (s *Service) mayRegister(ctx context.Context) error {
	if s.options.RegistrationClosed && !viewer.From(ctx).Operator {
		return errRegistrationClosed
	}
	return nil
}

// withoutPrivate removes errors about private fields from a conflict if a public field is in conflict too. Otherwise a
// caller could combine a username that is known to be taken with private values, and learn about these at no extra
// cost.
func withoutPrivate(err error) error {
	var all apperr.Errors
	if !errors.As(err, &all) {
		return err
	}
	var public apperr.Errors
	for _, each := range all {
		if !privateFields[each.Field] {
			public = append(public, each)
		}
	}
	if public == nil {
		return err
	}
	return public
}

// privateFields lists the fields that only one account may have and that only the user and operators may see.
var privateFields = map[string]bool{"email": true, "phoneNumber": true}
