package userpool

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"followgraph/internal/model"
)

// jsonReader reads JSON as a stream: it holds one user at a time.
type jsonReader struct {
	*Reader
	decoder *json.Decoder
	base    int64 // offset of the decoder's first byte

	open []container // the enclosing containers, outermost first
}

// container is an array or an object that encloses the reader's position.
type container struct {
	array bool
	page  *page // for an object
}

// page is an object outside of Users: a page of list-users, or a single user.
type page struct {
	users bool   // whether it has the member Users
	token string // token of the next page
	user  jsonUser
	named bool // whether it has a member of a user
}

// jsonUser is a user in the output of list-users. admin-get-user has another name for the attributes.
type jsonUser struct {
	Username       string
	Attributes     []attribute
	UserAttributes []attribute
	UserStatus     string
}

type attribute struct{ Name, Value string }

func newJSON(r *Reader) *jsonReader {
	return &jsonReader{Reader: r, decoder: json.NewDecoder(r.source), base: r.source.read}
}

// maxDepth is the maximum nesting of users: in Users of a page in an array, plus one level for a tool that wraps it.
const maxDepth = 5

var errNotUsers = errors.New("this is neither a page of list-users, with Users, nor a user, with Username and Attributes")

func (j *jsonReader) user() (model.PoolUser, error) {
	for {
		user, found, err := j.step()
		if err != nil {
			return model.PoolUser{}, err
		}
		if found {
			j.source.done(j.offset())
			return user, nil
		}
	}
}

// step reads up to the next bracket, member or user. Its error is io.EOF at the end of the input.
func (j *jsonReader) step() (user model.PoolUser, found bool, err error) {
	if len(j.open) > maxDepth {
		return user, false, j.fault(errNotUsers)
	}
	var inside container
	if len(j.open) > 0 {
		inside = j.open[len(j.open)-1]
	}
	token, err := j.decoder.Token()
	switch {
	case errors.Is(err, io.EOF) && len(j.open) == 0:
		return user, false, io.EOF
	case err != nil:
		return user, false, j.fault(err)
	}
	switch token := token.(type) {
	case json.Delim:
		switch token {
		case '[':
			j.open = append(j.open, container{array: true})
		case '{':
			j.open = append(j.open, container{page: &page{}})
		default:
			j.open = j.open[:len(j.open)-1]
			if inside.page != nil {
				return j.end(inside.page)
			}
		}
		return user, false, nil
	case string:
		if inside.page != nil {
			return user, false, j.member(inside.page, token)
		}
	}
	return user, false, j.fault(errNotUsers)
}

// member reads the value of an object's member, or descends into it if it contains users.
func (j *jsonReader) member(p *page, name string) error {
	switch name {
	case "Users":
		p.users = true
		token, err := j.decoder.Token()
		switch {
		case err != nil:
			return j.fault(err)
		case token == json.Delim('['):
			j.open = append(j.open, container{array: true})
			return nil
		}
		return j.fault(errors.New("the member Users is not an array"))
	case "PaginationToken", "NextToken":
		var token *string
		if err := j.value(name, &token); err != nil {
			return err
		}
		if token != nil {
			p.token += *token
		}
		return nil
	case "Username":
		p.named = true
		return j.value(name, &p.user.Username)
	case "Attributes", "UserAttributes":
		p.named = true
		return j.value(name, &p.user.Attributes)
	case "UserStatus":
		return j.value(name, &p.user.UserStatus)
	}
	var other json.RawMessage
	return j.value(name, &other)
}

func (j *jsonReader) value(member string, into any) error {
	err := j.decoder.Decode(into)
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &kind):
		kindName, _, _ := strings.Cut(kind.Value, " ") // the rest would quote the value
		return j.fault(fmt.Errorf("in %s, a %s is found where a %s is expected", member, kindName, kind.Type))
	case err != nil:
		return j.fault(err)
	}
	return nil
}

// end handles the end of an object.
func (j *jsonReader) end(p *page) (user model.PoolUser, found bool, err error) {
	switch {
	case p.users:
		if p.token == "" {
			j.LastPages++
		} else {
			j.OtherPages++
		}
		j.source.done(j.offset())
		return user, false, nil
	case p.named:
		user, err = j.poolUser(p.user)
		return user, err == nil, err
	}
	return user, false, j.fault(errNotUsers)
}

func (j *jsonReader) poolUser(read jsonUser) (model.PoolUser, error) {
	user := model.PoolUser{Username: read.Username, Unconfirmed: isUnconfirmed(read.UserStatus)}
	var email, phone string
	verified := map[string]string{}
	for _, a := range read.Attributes {
		switch a.Name {
		case "sub":
			user.CognitoID = a.Value
		case "email":
			email = a.Value
		case "phone_number":
			phone = a.Value
		case "email_verified", "phone_number_verified":
			verified[a.Name] = strings.ToLower(a.Value)
		}
	}
	if verified["email_verified"] == "true" {
		user.Email = email
	}
	if verified["phone_number_verified"] != "false" {
		user.PhoneNumber = phone
	}
	if user.CognitoID == "" {
		return user, j.fault(errors.New("the user has no attribute sub: call list-users without --attributes-to-get"))
	}
	if err := checkID(user.CognitoID); err != nil {
		return user, j.fault(err)
	}
	if !storable(user.Username, user.Email, user.PhoneNumber) {
		return user, j.fault(errors.New("the user has a NUL in a value"))
	}
	return user, nil
}

func (j *jsonReader) offset() int64 { return j.base + j.decoder.InputOffset() }

// fault adds the position to an error. The decoder's message may quote one character of the input and no more.
func (j *jsonReader) fault(err error) error {
	var syntax *json.SyntaxError
	switch {
	case j.source.failed != nil:
		err = j.source.failed
	case errors.As(err, &syntax):
		err = fmt.Errorf("the JSON is malformed: %w", syntax)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("the JSON ends early")
	}
	return j.source.at(j.offset(), err)
}
