package userpool

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"followgraph/internal/model"
)

// table reads CSV with a header.
type table struct {
	*Reader
	rows    *csv.Reader
	columns map[string]int // by the last of their names
	mapping bool           // whether the ids are in a column cognito_id

	skipped int   // blank lines before the header
	base    int64 // offset of the header
}

// names lists the columns that are read, each with its accepted names. If a header has several of them, the first one
// counts. This package uses the last name.
var names = [][]string{
	{"sub"},
	{"cognito_id"},
	{"cognito:username", "username"},
	{"phone_number"},
	{"phone_number_verified"},
	{"email"},
	{"email_verified"},
	{"id"},
	{"cognito:user_status", "user_status", "userstatus", "status"},
}

// maxHeader is how much of the input is inspected to find the field separator, in bytes.
const maxHeader = 32 << 10

func newTable(r *Reader) (*table, error) {
	t := &table{Reader: r, columns: map[string]int{}, skipped: r.source.line(r.source.read) - 1, base: r.source.read}
	start, err := r.source.Peek(maxHeader)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	line, _, _ := bytes.Cut(start, []byte("\n"))
	t.rows = csv.NewReader(r.source)
	t.rows.Comma = separator(string(line))
	t.rows.ReuseRecord = true
	header, err := t.rows.Read()
	if err != nil {
		return nil, fmt.Errorf("the file is neither the JSON of list-users nor CSV: %w", t.fault(err))
	}
	for _, alternatives := range names {
		if err := t.locate(header, alternatives); err != nil {
			return nil, fmt.Errorf("the header: %w", err)
		}
	}
	_, isExport := t.columns["sub"]
	_, t.mapping = t.columns["cognito_id"]
	switch {
	case isExport && t.mapping:
		return nil, errors.New("the header has both sub and cognito_id: leave one of them out")
	case !isExport && !t.mapping:
		return nil, fmt.Errorf("the header has no column sub or cognito_id, and the file is not JSON: it has %s", describeHeader(header))
	case !slices.ContainsFunc([]string{"username", "phone_number", "email", "id"}, func(name string) bool { return t.has(name) }):
		return nil, fmt.Errorf("the header has no column that names accounts (username, phone_number, email or id): it has %s", describeHeader(header))
	}
	r.source.done(r.source.read)
	return t, nil
}

// separator returns the most frequent of the characters that may separate fields.
func separator(header string) rune {
	best := ','
	for _, each := range []rune{';', '\t'} {
		if strings.Count(header, string(each)) > strings.Count(header, string(best)) {
			best = each
		}
	}
	return best
}

func (t *table) has(column string) bool { _, ok := t.columns[column]; return ok }

func (t *table) locate(header, alternatives []string) error {
	for _, name := range alternatives {
		is := func(field string) bool { return strings.EqualFold(strings.TrimSpace(field), name) }
		position := slices.IndexFunc(header, is)
		if position < 0 {
			continue
		}
		if slices.ContainsFunc(header[position+1:], is) {
			return fmt.Errorf("the column %s occurs twice", name)
		}
		t.columns[alternatives[len(alternatives)-1]] = position
		return nil
	}
	return nil
}

// describeHeader lists a header's columns for an error message, with limited length.
func describeHeader(header []string) string {
	const most, longest = 12, 40
	shown := make([]string, 0, most+1)
	for i, field := range header {
		if i == most {
			shown = append(shown, fmt.Sprintf("and %d more", len(header)-most))
			break
		}
		shown = append(shown, fmt.Sprintf("%.*q", longest, field))
	}
	return strings.Join(shown, ", ")
}

func (t *table) user() (model.PoolUser, error) {
	for {
		record, err := t.rows.Read()
		if errors.Is(err, io.EOF) {
			return model.PoolUser{}, io.EOF
		}
		if err != nil {
			return model.PoolUser{}, t.fault(err)
		}
		user, err := t.read(record)
		if err != nil {
			line, _ := t.rows.FieldPos(0)
			return user, fmt.Errorf("line %d (before byte %d): %w", line+t.skipped, t.base+t.rows.InputOffset(), err)
		}
		t.source.done(t.source.read)
		if user.CognitoID == "" {
			t.WithoutID++
			continue
		}
		return user, nil
	}
}

// nulls are the texts by which programs write a missing value.
var nulls = []string{"", `\N`, "NULL", "null", "None", "nan", "NaN"}

func (t *table) field(record []string, column string) string {
	position, ok := t.columns[column]
	if !ok {
		return ""
	}
	value := strings.TrimSpace(record[position])
	if slices.Contains(nulls, value) {
		return ""
	}
	return strings.Clone(value)
}

func (t *table) read(record []string) (user model.PoolUser, err error) {
	user = model.PoolUser{
		CognitoID: t.field(record, "sub") + t.field(record, "cognito_id"), Username: t.field(record, "username"),
		Unconfirmed: isUnconfirmed(t.field(record, "status")),
	}
	if user.CognitoID == "" {
		return user, nil
	}
	if err := checkID(user.CognitoID); err != nil {
		return user, err
	}
	email, err := t.flag(record, "email_verified", t.mapping)
	if err != nil {
		return user, err
	}
	if email {
		user.Email = t.field(record, "email")
	}
	phone, err := t.flag(record, "phone_number_verified", true)
	if err != nil {
		return user, err
	}
	if phone {
		user.PhoneNumber = t.field(record, "phone_number")
	}
	if id := t.field(record, "id"); id != "" && t.mapping {
		if user.AccountID, err = strconv.ParseInt(id, 10, 64); err != nil || user.AccountID < 1 {
			return user, errors.New("the column id must contain the number of an account (users.id)")
		}
	}
	if !storable(user.Username, user.Email, user.PhoneNumber) {
		return user, errors.New("there is a NUL in a value")
	}
	return user, nil
}

// flag returns a value that is true or false, or unstated if it is neither.
func (t *table) flag(record []string, column string, unstated bool) (bool, error) {
	switch strings.ToLower(t.field(record, column)) {
	case "":
		return unstated, nil
	case "true", "t", "1", "yes":
		return true, nil
	case "false", "f", "0", "no":
		return false, nil
	}
	return false, fmt.Errorf("the column %s is neither true nor false", column)
}

// fault adds the position to an error.
func (t *table) fault(err error) error {
	var parse *csv.ParseError
	switch {
	case t.source.failed != nil:
		return t.source.at(t.source.read, t.source.failed)
	case errors.As(err, &parse) && errors.Is(parse.Err, csv.ErrFieldCount):
		return fmt.Errorf("line %d has a different number of fields than the header", parse.Line+t.skipped)
	case errors.As(err, &parse):
		return fmt.Errorf("line %d, column %d: %w", parse.Line+t.skipped, parse.Column, parse.Err)
	}
	return err
}
