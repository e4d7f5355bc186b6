package social

import (
	"context"
	"errors"

	"followgraph/internal/apperr"
	"followgraph/internal/observe"
	"followgraph/internal/viewer"
)

var errRegistrationClosed = apperr.New(apperr.Forbidden,
	"this server does not let people make accounts themselves: ask its operator for one")

// claiming runs a write that gives an account a username, an email address or a phone number, which one account may have
// at a time. CONFLICT tells that another account has it, so callers have a limited number of them: beyond it they are
// refused before the database is asked. Operators see who has what, and have no such limit; the command line is told
// of all conflicts at once.
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
	case err == nil, apperr.CodeOf(err) == apperr.NotFound: // nobody has it, and nor has the account, which has gone
		s.options.Attempts.Succeeded(attempt)
	case apperr.CodeOf(err) != apperr.Conflict && !e.mayBeWritten(err):
		s.options.Attempts.GiveBack(attempt)
	}
	return withoutPrivate(err)
}

// making is claiming for an account that is to be made, of which each network has a limited number.
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
		s.options.Attempts.GiveBack(attempt)
	}
	return err
}

// isOpen reports whether a write that ended with err may have been done, or refused as a conflict, after all: its time was up,
// or the client left. Clients choose when that is, and can look for themselves what became of it, so it is not for nothing.
func (e *event) mayBeWritten(err error) bool {
	code := clientCode(err)
	return e.mayHaveWritten && (code == apperr.Canceled || code == apperr.Timeout)
}

// mayRegister refuses callers who may not make accounts.
func (s *Service) mayRegister(ctx context.Context) error {
	if s.options.RegistrationClosed && !viewer.From(ctx).Operator {
		return errRegistrationClosed
	}
	return nil
}

// disclosed leaves out what a conflict tells of private fields where a public one is at fault too: whoever tries a
// username that is known to be taken would learn the rest for nothing.
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

// privateFields are the fields of an account that must be one account's and that only the user and operators see.
var privateFields = map[string]bool{"email": true, "phoneNumber": true}
