package ingest

import (
	"bytes"
	"slices"

	"followgraph/internal/model"
	"followgraph/internal/profile"
)

// userColumn is an optional column of a file of users.
type userColumn struct {
	column
	field func(*model.UserRecord) *string
	read  func(string) (string, error) // returns the value to store; empty: the field is unset
	cause Cause
}

var userColumns = []userColumn{
	{column{names: []string{"username"}}, func(u *model.UserRecord) *string { return &u.Username }, asGiven(profile.CheckUsername), BadUsername},
	{column{names: []string{"firstname", "first_name"}}, func(u *model.UserRecord) *string { return &u.Firstname }, profile.ParseText, BadName},
	{column{names: []string{"lastname", "last_name"}}, func(u *model.UserRecord) *string { return &u.Lastname }, profile.ParseText, BadName},
	{column{names: []string{"email"}}, func(u *model.UserRecord) *string { return &u.Email }, profile.ParseEmail, BadEmail},
	{column{names: []string{"phone_number"}}, func(u *model.UserRecord) *string { return &u.PhoneNumber }, parsePhoneNumber, BadPhoneNumber},
	{column{names: []string{"avatar"}}, func(u *model.UserRecord) *string { return &u.Avatar }, asGiven(profile.CheckAvatar), BadAvatar},
	{column{names: []string{"country"}}, func(u *model.UserRecord) *string { return &u.Country }, profile.ParseText, BadPlace},
	{column{names: []string{"city"}}, func(u *model.UserRecord) *string { return &u.City }, profile.ParseText, BadPlace},
	{column{names: []string{"zipcode"}}, func(u *model.UserRecord) *string { return &u.Zipcode }, profile.ParseText, BadPlace},
	{column{names: []string{"role"}}, func(u *model.UserRecord) *string { return &u.Role }, asGiven(profile.CheckRole), BadRole},
}

// asGiven returns a function that checks a field and stores it unchanged.
func asGiven(check func(string) error) func(string) (string, error) {
	return func(s string) (string, error) { return s, check(s) }
}

// parsePhoneNumber converts a number in a usual notation to E.164. It keeps a number in E.164 with an unassigned
// country code, because accounts that were created from ids have such placeholders.
func parsePhoneNumber(s string) (string, error) {
	number, err := profile.ParsePhoneNumber(s)
	if err != nil && profile.CheckPhoneNumber(s) == nil {
		return s, nil
	}
	return number, err
}

// The first columns of a file of users. userColumns follow.
const (
	userCognitoID = iota
	userID
	userCreatedAt
	userEpoch
	userRest
)

var userSchema = schema{
	columns: append([]column{
		{names: []string{"cognito_id"}, isID: true},
		{names: []string{"id"}, isID: true},
		{names: []string{"created_at"}},
		{names: []string{"epoch_seconds"}},
	}, columnsOf(userColumns)...),
	least:   1,
	example: "cognito_id=1,username=2",
	missing: func(positions []int) string {
		if positions[userCognitoID] == absent && positions[userID] == absent {
			return "id or cognito_id"
		}
		return ""
	},
}

func columnsOf(columns []userColumn) []column {
	all := make([]column, len(columns))
	for i, c := range columns {
		all[i] = c.column
	}
	return all
}

// userParser returns a function that parses the columns of userSchema. An empty optional field is unset. If a file has
// both cognito_id and id, id is a row number of another database and is ignored.
func userParser(p plan) (func([][]byte) (model.UserRecord, *fault), *timeParser, error) {
	timed, times, err := timeColumn(p, userCreatedAt, userEpoch)
	if err != nil {
		return nil, nil, err
	}
	id := p.positions[userCognitoID]
	if id == absent {
		id = p.positions[userID]
	}
	positions := p.positions[userRest:]
	delimiter := p.delimiter

	return func(fields [][]byte) (user model.UserRecord, bad *fault) {
		if user.CognitoID, bad = parseID(fields[id], delimiter); bad != nil {
			return user, bad
		}
		for i, optional := range userColumns {
			if positions[i] == absent || len(fields[positions[i]]) == 0 {
				continue
			}
			given := unescape(clean(fields[positions[i]]), delimiter)
			if len(given) == 0 || isUnset(given) {
				continue
			}
			value, err := optional.read(string(given))
			if err != nil {
				return user, &fault{cause: optional.cause}
			}
			*optional.field(&user) = value
		}
		if timed != absent {
			user.CreatedAt, bad = times.parse(fields[timed])
		}
		return user, bad
	}, times, nil
}

// isUnset reports whether an optional value is a null marker. It recognizes fewer words than isNull, because Null and
// Nan are also names of people.
func isUnset(value []byte) bool {
	return slices.Contains([]string{`\N`, "NULL", "null", "NaN", "nan", "NA", "<NA>", "N/A", "#N/A", "(null)", "<null>", "None", "nil", "undefined"},
		string(value))
}

// unescape replaces an escaped backslash in files with tabs, as COPY and mysqldump write them. Other escapes stand for
// control characters, which values must not contain.
func unescape(value []byte, delimiter byte) []byte {
	if delimiter != '\t' || bytes.IndexByte(value, '\\') < 0 {
		return value
	}
	return bytes.ReplaceAll(value, []byte(`\\`), []byte(`\`))
}
