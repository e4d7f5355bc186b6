package social

import (
	"context"
	"errors"
	"strings"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
	"followgraph/internal/observe"
	"followgraph/internal/profile"
)

// UpdateProfile changes the fields of an account that the input contains: the caller's own account, or another one for
// operators.
func (s *Service) UpdateProfile(ctx context.Context, input model.UpdateProfileInput) (*model.UpdateProfilePayload, error) {
	return withEvent(ctx, observe.UpdateProfile, input, s.updateProfile)
}

func (s *Service) updateProfile(ctx context.Context, input model.UpdateProfileInput, e *event) (*model.UpdateProfilePayload, error) {
	e.setInputSubject(ctx, input.UserID)
	cognitoID, _, err := targetAccount(ctx, input.UserID)
	if err != nil {
		return nil, err
	}
	var f inputErrors
	change := model.ProfileChange{
		Username:    f.required("username", input.Username, checked(profile.CheckUsername)),
		PhoneNumber: f.required("phoneNumber", input.PhoneNumber, profile.ParsePhoneNumber),
		Email:       f.change("email", input.Email, profile.ParseEmail),
		Firstname:   f.change("firstname", input.Firstname, profile.ParseText),
		Lastname:    f.change("lastname", input.Lastname, profile.ParseText),
		Avatar:      f.change("avatar", input.Avatar, checked(profile.CheckAvatar)),
		Country:     f.change("country", input.Country, profile.ParseText),
		City:        f.change("city", input.City, profile.ParseText),
		Zipcode:     f.change("zipcode", input.Zipcode, profile.ParseText),
	}
	if change.Username.Value != nil {
		if err := s.checkReserved(ctx, &f, *change.Username.Value, cognitoID); err != nil {
			return nil, err
		}
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	e.Fields = changedFields(change)
	write := func() error {
		e.mayHaveWritten = true
		return s.accounts.UpdateProfile(ctx, cognitoID, change)
	}
	if change.Username.Value != nil || change.PhoneNumber.Value != nil || change.Email.Value != nil {
		err = s.writeUnique(ctx, e, write)
	} else {
		err = write()
	}
	if err != nil {
		return nil, err
	}
	return &model.UpdateProfilePayload{ClientMutationID: input.ClientMutationID, User: &model.User{CognitoID: cognitoID}}, nil
}

// changedFields returns the names of the fields that a change sets.
func changedFields(change model.ProfileChange) (fields []string) {
	for _, field := range []struct {
		name string
		set  bool
	}{
		{"username", change.Username.Set},
		{"phoneNumber", change.PhoneNumber.Set},
		{"email", change.Email.Set},
		{"firstname", change.Firstname.Set},
		{"lastname", change.Lastname.Set},
		{"avatar", change.Avatar.Set},
		{"country", change.Country.Set},
		{"city", change.City.Set},
		{"zipcode", change.Zipcode.Set},
	} {
		if field.set {
			fields = append(fields, field.name)
		}
	}
	return fields
}

// inputErrors collects the errors of an input's fields, so that the client gets all of them at once.
type inputErrors struct{ errs apperr.Errors }

// err returns the collected errors, nil if there are none.
func (f *inputErrors) err() error {
	if f.errs == nil {
		return nil
	}
	return f.errs
}

// addForm records the error of a field that does not have its required form. The message starts with the name of the
// field: the errors of package profile do not contain it.
func (f *inputErrors) addForm(field string, err error) {
	if err != nil {
		f.errs = append(f.errs, apperr.Input(field, "%s %s", field, err))
	}
}

// add records the error of a field, if err is not nil.
func (f *inputErrors) add(field string, err error) {
	if err != nil {
		f.errs = append(f.errs, apperr.Input(field, "%s", err))
	}
}

// profile parses the fields of a new account.
func (f *inputErrors) profile(p model.Profile) model.Profile {
	f.addForm("username", profile.CheckUsername(p.Username))
	number, err := profile.ParsePhoneNumber(p.PhoneNumber)
	f.addForm("phoneNumber", err)
	return model.Profile{
		Username:    p.Username,
		PhoneNumber: number,
		Email:       f.optional("email", p.Email, profile.ParseEmail),
		Firstname:   f.optional("firstname", p.Firstname, profile.ParseText),
		Lastname:    f.optional("lastname", p.Lastname, profile.ParseText),
		Avatar:      f.optional("avatar", p.Avatar, checked(profile.CheckAvatar)),
		Country:     f.optional("country", p.Country, profile.ParseText),
		City:        f.optional("city", p.City, profile.ParseText),
		Zipcode:     f.optional("zipcode", p.Zipcode, profile.ParseText),
	}
}

// optional parses a text that may be null. Blanks around it are ignored. An empty text is null, because a form sends
// one for a field that was not filled in. If read removes all of a text, it is null too.
func (f *inputErrors) optional(field string, given *string, read func(string) (string, error)) *string {
	if given == nil {
		return nil
	}
	trimmed := strings.TrimSpace(*given)
	if trimmed == "" {
		return nil
	}
	text, err := read(trimmed)
	f.addForm(field, err)
	if text == "" {
		return nil
	}
	return &text
}

// omittable is a field of an update that may be absent.
type omittable interface {
	ValueOK() (value *string, isSet bool)
}

// change parses a field of an update that may become null.
func (f *inputErrors) change(field string, given omittable, read func(string) (string, error)) model.Change {
	value, isSet := given.ValueOK()
	return model.Change{Set: isSet, Value: f.optional(field, value, read)}
}

// required parses a field of an update that cannot become null.
func (f *inputErrors) required(field string, given omittable, read func(string) (string, error)) model.Change {
	value, isSet := given.ValueOK()
	switch {
	case !isSet:
		return model.Change{}
	case value == nil:
		f.addForm(field, errors.New("cannot be null"))
		return model.Change{}
	}
	text, err := read(*value)
	f.addForm(field, err)
	return model.Change{Set: true, Value: &text}
}

// checked returns a parser that validates a text and leaves it unchanged.
func checked(check func(string) error) func(string) (string, error) {
	return func(s string) (string, error) { return s, check(s) }
}
