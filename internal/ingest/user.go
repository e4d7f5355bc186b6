package ingest

import (
	"followgraph/internal/model"
	"followgraph/internal/profile"
)

// userColumn is an optional column of a file of users.
type userColumn struct {
	column
	field func(*model.UserRecord) *string
	read  func(string) (string, error) // makes the form in which it is kept; an empty one is an unset field
	cause Cause
}

var userColumns = []userColumn{
	{column{[]string{"username"}}, func(u *model.UserRecord) *string { return &u.Username }, asGiven(profile.CheckUsername), BadUsername},
	{column{[]string{"firstname", "first_name"}}, func(u *model.UserRecord) *string { return &u.Firstname }, profile.ParseText, BadName},
	{column{[]string{"lastname", "last_name"}}, func(u *model.UserRecord) *string { return &u.Lastname }, profile.ParseText, BadName},
	{column{[]string{"email"}}, func(u *model.UserRecord) *string { return &u.Email }, profile.ParseEmail, BadEmail},
	{column{[]string{"phone_number"}}, func(u *model.UserRecord) *string { return &u.PhoneNumber }, asGiven(profile.CheckPhoneNumber), BadPhoneNumber},
	{column{[]string{"avatar"}}, func(u *model.UserRecord) *string { return &u.Avatar }, asGiven(profile.CheckAvatar), BadAvatar},
	{column{[]string{"country"}}, func(u *model.UserRecord) *string { return &u.Country }, profile.ParseText, BadPlace},
	{column{[]string{"city"}}, func(u *model.UserRecord) *string { return &u.City }, profile.ParseText, BadPlace},
	{column{[]string{"zipcode"}}, func(u *model.UserRecord) *string { return &u.Zipcode }, profile.ParseText, BadPlace},
	{column{[]string{"role"}}, func(u *model.UserRecord) *string { return &u.Role }, asGiven(profile.CheckRole), BadRole},
}

// asGiven reads a field that is kept as it stands.
func asGiven(check func(string) error) func(string) (string, error) {
	return func(s string) (string, error) { return s, check(s) }
}

// locateUserID prefers cognito_id: in a file that has both, id is the number of a row elsewhere.
func locateUserID(header [][]byte) (int, error) {
	positions, err := locate(header, []column{{[]string{"cognito_id"}}, {[]string{"id"}}})
	switch {
	case err != nil:
		return absent, err
	case positions[0] != absent:
		return positions[0], nil
	case positions[1] != absent:
		return positions[1], nil
	}
	return absent, missing("id or cognito_id", header)
}

// userParser reads the columns id or cognito_id, created_at or epoch_seconds, and userColumns, in any
// order. An empty field is an unset one, but for the id and the time.
func userParser(header [][]byte) (func([][]byte) (model.UserRecord, Cause), error) {
	id, err := locateUserID(header)
	if err != nil {
		return nil, err
	}
	created, err := locateTime(header)
	if err != nil {
		return nil, err
	}
	columns := make([]column, len(userColumns))
	for i, optional := range userColumns {
		columns[i] = optional.column
	}
	positions, err := locate(header, columns)
	if err != nil {
		return nil, err
	}

	return func(fields [][]byte) (model.UserRecord, Cause) {
		user := model.UserRecord{CognitoID: string(fields[id])}
		if cause := checkID(user.CognitoID); cause != "" {
			return user, cause
		}
		for i, optional := range userColumns {
			if positions[i] == absent || len(fields[positions[i]]) == 0 {
				continue
			}
			value, err := optional.read(string(fields[positions[i]]))
			if err != nil {
				return user, optional.cause
			}
			*optional.field(&user) = value
		}
		var cause Cause
		if created.position != absent {
			user.CreatedAt, cause = created.parse(string(fields[created.position]))
		}
		return user, cause
	}, nil
}
