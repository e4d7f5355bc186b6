package model

import "fmt"

// Account is the part of an account that sign-in and authorization need.
type Account struct {
	CognitoID    string
	Username     string
	Role         UserRole
	TokenVersion int64 // tokens with another version are invalid
	Password     PasswordHash
}

// IsTwin reports whether an account may be merged into an older account of the same person. It must be as createProfile
// creates it for a Cognito user: without a password, and with the default role.
func (a Account) IsTwin() bool { return a.Password == "" && a.Role == UserRoleEndUser }

// PasswordHash is a bcrypt hash on its way between auth and the database. It is empty if no password matches. It never
// prints its value.
type PasswordHash string

const redacted = "[redacted]"

// Format hides the hash in logs and errors.
func (PasswordHash) Format(state fmt.State, _ rune) { _, _ = fmt.Fprint(state, redacted) }

// MarshalText hides the hash in JSON logs.
func (PasswordHash) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Profile contains the fields of an account that its user can set.
type Profile struct {
	Username    string
	PhoneNumber string
	Email       *string
	Firstname   *string
	Lastname    *string
	Avatar      *string
	Country     *string
	City        *string
	Zipcode     *string
}

// NewAccount is an account to create.
type NewAccount struct {
	CognitoID string // empty: generate one
	Profile
	Role     UserRole
	Password PasswordHash
}

// Change is the change of a nullable field: none, a value, or null.
type Change struct {
	Set   bool
	Value *string
}

// ProfileChange contains the changes of an account's fields.
type ProfileChange struct {
	Username, PhoneNumber                                      Change // Value is never null
	Email, Firstname, Lastname, Avatar, Country, City, Zipcode Change
}

// Private is the part of an account that only its user and operations can see.
type Private struct {
	Email       *string
	PhoneNumber *string
	Country     *string
	City        *string
	Zipcode     *string
}
