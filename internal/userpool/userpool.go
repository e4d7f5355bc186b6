// Package userpool reads the users of an Amazon Cognito user pool out of JSON or CSV.
//
// JSON is what `aws cognito-idp list-users` prints: one page, several pages one after the other or in an array, the Users of
// pages as an array, or users one after the other. CSV is the export of the AWS console with the column sub, or a mapping
// with the column cognito_id and one that names accounts. Either is UTF-8, or UTF-16 as PowerShell writes it, plain or
// compressed: see textfile.
//
// No error quotes a value of the input: values are addresses and phone numbers of people.
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

// maxUser bounds what is read for one user, in bytes. Cognito's attributes have 2048 characters each, and there are 75 at most.
const maxUser = 1 << 20

// Reader reads one export. Use it from one goroutine.
type Reader struct {
	source *text
	next   func() (model.PoolUser, error)

	// Users is how many users were read so far.
	Users int64
	// WithoutID is how many rows of a CSV file named no Cognito id. They are left out.
	WithoutID int64

	// LastPages and OtherPages are how many pages of list-users say that none follows, and that another one does.
	LastPages, OtherPages int64
}

// NewReader looks at the beginning of an export to find out what it is.
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

// Next reads the next user; its error is io.EOF at the end. Other errors tell the place, and reading ends with them.
func (r *Reader) Next() (model.PoolUser, error) {
	user, err := r.next()
	if err == nil {
		r.Users++
	}
	return user, err
}

// All yields all users that are left. It ends with an error, if there is one.
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

// checkID says what is wrong with a Cognito id.
func checkID(id string) error {
	switch {
	case !globalid.ValidCognitoID(id):
		return fmt.Errorf("the Cognito id is no text of 1 to %d bytes without NUL", globalid.MaxCognitoID)
	case globalid.IsLocalID(id):
		return errors.New("the Cognito id begins with local-, as those that were made up do")
	}
	return nil
}

// isUnconfirmed reports whether a user with this status has proved to have nothing: not even an address.
func isUnconfirmed(status string) bool { return status == "UNCONFIRMED" }

// storable reports whether PostgreSQL can keep a text.
func storable(texts ...string) bool {
	for _, text := range texts {
		if bytes.IndexByte([]byte(text), 0) >= 0 {
			return false
		}
	}
	return true
}
