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
	read  func(string) (string, error) // makes the form in which it is kept; an empty one is an unset field
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

// asGiven reads a field that is kept as it stands.
func asGiven(check func(string) error) func(string) (string, error) {
	return func(s string) (string, error) { return s, check(s) }
}

// parsePhoneNumber reads a number as people write it. A number with a code that no country has is kept, if it has the form of
// E.164: the accounts of ids alone have made-up ones, and so may those of other services.
func parsePhoneNumber(s string) (string, error) {
	number, err := profile.ParsePhoneNumber(s)
	if err != nil && profile.CheckPhoneNumber(s) == nil {
		return s, nil
	}
	return number, err
}

// The columns of a file of users that are no userColumns, which come behind them.
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

// userParser reads the columns of userSchema. An empty field is an unset one, but for the id and the time. cognito_id comes
// before id: in a file that has both, id is the number of a row elsewhere.
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

// isUnset reports whether an optional value stands for none. It knows fewer words than isNull: Null and Nan are names of
// people.
func isUnset(value []byte) bool {
	return slices.Contains([]string{`\N`, "NULL", "null", "NaN", "nan", "NA", "<NA>", "N/A", "#N/A", "(null)", "<null>", "None", "nil", "undefined"},
		string(value))
}

// unescape reads a backslash as COPY and mysqldump write it in files with tabs. Escapes of other characters than itself
// stand for control characters, which no value may have.
func unescape(value []byte, delimiter byte) []byte {
	if delimiter != '\t' || bytes.IndexByte(value, '\\') < 0 {
		return value
	}
	return bytes.ReplaceAll(value, []byte(`\\`), []byte(`\`))
}
