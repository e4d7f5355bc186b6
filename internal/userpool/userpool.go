// Package userpool reads the users of an Amazon Cognito user pool from JSON or CSV.
//
// JSON is the output of `aws cognito-idp list-users`: one page, several pages one after another or in an array, the
// Users of pages as an array, or users one after another. CSV is the export of the AWS console with the column sub, or
// a mapping with the column cognito_id and a column that identifies accounts. Either is UTF-8, or UTF-16 as PowerShell
// writes it, plain or compressed: see textfile.
//
// No error quotes a value of the input, because values are people's addresses and phone numbers.
package userpool

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"

	"followgraph/internal/globalid"
	"followgraph/internal/model"
	"followgraph/internal/textfile"
)

// maxUser limits what is read for one user, in bytes. Cognito's attributes have 2048 characters each, and there are at
// most 75.
const maxUser = 1 << 20

// Reader reads one export. It is not safe for concurrent use.
type Reader struct {
	source *text
	next   func() (model.PoolUser, error)

	// Users is the number of users read so far.
	Users int64
	// WithoutID is the number of rows of a CSV file without a Cognito id. They are skipped.
	WithoutID int64

	// LastPages and OtherPages are the numbers of pages of list-users without and with a following page.
	LastPages, OtherPages int64
}

// NewReader inspects the beginning of an export to find its format.
func NewReader(input io.Reader) (*Reader, error) {
	source := &counter{input: input}
	plain, err := textfile.Open(source, &source.read)
	if err != nil {
		return nil, err
	}
	r := &Reader{source: newText(plain)}
	first, err := r.source.begin()
	if err != nil {
		return nil, err
	}
	switch first {
	case '{', '[':
		r.next = newJSON(r).user
	default:
		table, err := newTable(r)
		if err != nil {
			return nil, err
		}
		r.next = table.user
	}
	return r, nil
}

// Next returns the next user. The error is io.EOF at the end. Other errors name the position, and reading ends with
// them.
func (r *Reader) Next() (model.PoolUser, error) {
	user, err := r.next()
	if err == nil {
		r.Users++
	}
	return user, err
}

// All yields all remaining users. If there is an error, it is the last element.
func (r *Reader) All() iter.Seq2[model.PoolUser, error] {
	return func(yield func(model.PoolUser, error) bool) {
		for {
			user, err := r.Next()
			if errors.Is(err, io.EOF) || !yield(user, err) || err != nil {
				return
			}
		}
	}
}

// checkID returns an error if a Cognito id is not valid.
func checkID(id string) error {
	switch {
	case !globalid.ValidCognitoID(id):
		return fmt.Errorf("the Cognito id must be a text of 1 to %d bytes without NUL", globalid.MaxCognitoID)
	case globalid.IsLocalID(id):
		return errors.New("the Cognito id begins with local-, which marks made-up ids")
	}
	return nil
}

// isUnconfirmed reports whether a user with this status has verified nothing, not even an address.
func isUnconfirmed(status string) bool { return status == "UNCONFIRMED" }

// storable reports whether PostgreSQL can store the texts.
func storable(texts ...string) bool {
	for _, text := range texts {
		if bytes.IndexByte([]byte(text), 0) >= 0 {
			return false
		}
	}
	return true
}
