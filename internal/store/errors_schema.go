package store

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
)

// The schema may differ from what this program expects: the team of the previous service may have added columns,
// constraints and triggers or changed owners, or an object may be missing. A statement then fails for a reason that
// only the operator of the database can fix.

// schemaFault is the error of such a statement, for the log.
type schemaFault struct{ reported *pgconn.PgError }

// Error returns PostgreSQL's message, the affected object, and the command that reports more. It contains no values of
// rows, because it omits the error's detail.
func (f schemaFault) Error() string {
	var where []string
	for _, part := range []struct{ what, name string }{
		{"table", table(f.reported)}, {"column", f.reported.ColumnName}, {"type", f.reported.DataTypeName}, {"constraint", f.reported.ConstraintName},
	} {
		if part.name != "" {
			where = append(where, part.what+" "+part.name)
		}
	}
	text := "the database's schema is in the way: " + f.reported.Error()
	if where != nil {
		text += " (" + strings.Join(where, ", ") + ")"
	}
	return text + ": run `followgraph adopt check`"
}

func (f schemaFault) Unwrap() error { return f.reported }

func table(reported *pgconn.PgError) string {
	if reported.SchemaName != "" && reported.TableName != "" {
		return reported.SchemaName + "." + reported.TableName
	}
	return reported.TableName
}

// schemaStates lists the SQLSTATEs of such failures (PostgreSQL manual, appendix A). Tests run this program's
// statements against its own schema, where none of these occur.
var schemaStates = map[string]bool{
	"22001": true, // string_data_right_truncation: a column is shorter than this program's
	"22003": true, // numeric_value_out_of_range: a column is smaller than this program's
	"2200H": true, // sequence_generator_limit_exceeded
	"22P02": true, // invalid_text_representation: an enum lacks a label
	"23502": true, // not_null_violation
	"23503": true, // foreign_key_violation
	"23P01": true, // exclusion_violation
	"3F000": true, // invalid_schema_name
	"428C9": true, // generated_always
	"42501": true, // insufficient_privilege
	"42703": true, // undefined_column
	"42704": true, // undefined_object, such as a type
	"42804": true, // datatype_mismatch
	"42809": true, // wrong_object_type
	"42846": true, // cannot_coerce
	"42883": true, // undefined_function
	"42P01": true, // undefined_table
	"42P10": true, // invalid_column_reference: no unique index for ON CONFLICT
	"44000": true, // with_check_option_violation
	"55000": true, // object_not_in_prerequisite_state, such as a view that cannot be written
	"P0001": true, // raise_exception, by a trigger
}

// ownConstraints lists this program's constraints. An unexpected violation of one of them is a bug of the program.
var ownConstraints = map[string]bool{
	usernameIndex: true, emailIndex: true, phoneNumberIndex: true, cognitoIDIndex: true, "ix_users_id": true, "users_pkey": true,
	"idx_follower_following": true, "user_follows_pkey": true, "user_follow_stats_pkey": true, "ck_user_follows_not_self": true,
	followersCountCheck: true, followingsCountCheck: true,
}

// faultOfSchema returns the schemaFault of an error, if it is one.
func faultOfSchema(err error) (schemaFault, bool) {
	var reported *pgconn.PgError
	if !errors.As(err, &reported) {
		return schemaFault{}, false
	}
	switch reported.Code {
	case uniqueViolation, checkViolation:
		return schemaFault{reported}, reported.ConstraintName != "" && !ownConstraints[reported.ConstraintName]
	}
	return schemaFault{reported}, schemaStates[reported.Code]
}

// mismatched returns the client's error for a statement that failed because of the database's schema.
func mismatched(fault schemaFault) error {
	return apperr.Wrap(apperr.DatabaseMismatch, fault, "the database schema does not match this server: the server log has the reason")
}

var columnLengths = statement("column_lengths", nil)

// field is a value of an input with the name of its field and of its column.
type field struct {
	name, column string
	value        *string
}

func profileFields(p model.Profile) []field {
	return []field{
		{"username", "username", &p.Username}, {"phoneNumber", "phone_number", &p.PhoneNumber}, {"email", "email", p.Email},
		{"firstname", "firstname", p.Firstname}, {"lastname", "lastname", p.Lastname}, {"avatar", "avatar", p.Avatar},
		{"country", "country", p.Country}, {"city", "city", p.City}, {"zipcode", "zipcode", p.Zipcode},
	}
}

func changedFields(c model.ProfileChange) []field {
	return []field{
		{"username", "username", c.Username.Value}, {"phoneNumber", "phone_number", c.PhoneNumber.Value}, {"email", "email", c.Email.Value},
		{"firstname", "firstname", c.Firstname.Value}, {"lastname", "lastname", c.Lastname.Value}, {"avatar", "avatar", c.Avatar.Value},
		{"country", "country", c.Country.Value}, {"city", "city", c.City.Value}, {"zipcode", "zipcode", c.Zipcode.Value},
	}
}

// tooLong replaces the error about a value that is too long for its column by one error for each such field: PostgreSQL
// names neither the column nor the value. It returns any other error unchanged. It also returns err unchanged if no
// field is too long.
func (s *Store) tooLong(ctx context.Context, err error, fields []field) error {
	if stateOf(err) != stringTooLong {
		return err
	}
	rows, queryErr := s.pool.Query(ctx, columnLengths)
	if queryErr != nil {
		return err
	}
	most := map[string]int{}
	var column string
	var length int
	if _, queryErr = pgx.ForEachRow(rows, []any{&column, &length}, func() error { most[column] = length; return nil }); queryErr != nil {
		return err
	}
	var all apperr.Errors
	for _, f := range fields {
		if limit, ok := most[f.column]; ok && f.value != nil && utf8.RuneCountInString(*f.value) > limit {
			all = append(all, apperr.Input(f.name, "%s must have at most %d characters in the database of this server", f.name, limit))
		}
	}
	if all == nil {
		return err
	}
	return all
}
