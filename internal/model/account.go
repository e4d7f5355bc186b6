package model

import "fmt"

// Account is what sign-in and the rules know of an account.
type Account struct {
	CognitoID    string
	Username     string
	Role         UserRole
	TokenVersion int64 // a local token that names another one has ended
	Password     PasswordHash
}

// IsTwin reports whether an account may be merged into an older one of the same person: it is what a Cognito user makes with
// createProfile, to which nobody signs in by password and no operator has given a role.
func (a Account) IsTwin() bool { return a.Password == "" && a.Role == UserRoleEndUser }

// PasswordHash is a bcrypt hash on its way between auth and the database; empty where no password matches. However it
// is printed, it does not show.
type PasswordHash string

const redacted = "[redacted]"

// Format keeps the hash out of every log and error.
func (PasswordHash) Format(state fmt.State, _ rune) { _, _ = fmt.Fprint(state, redacted) }

// MarshalText keeps it out of logs in JSON, too.
func (PasswordHash) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Profile is the fields of an account that its user gives.
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

// NewAccount is an account to be made.
type NewAccount struct {
	CognitoID string // empty: a random one
	Profile
	Role     UserRole
	Password PasswordHash
}

// Change is what an update says of a field that may be null: nothing, a value, or null.
type Change struct {
	Set   bool
	Value *string
}

// ProfileChange is what an update says of an account's fields.
type ProfileChange struct {
	Username, PhoneNumber                                      Change // Value is never null
	Email, Firstname, Lastname, Avatar, Country, City, Zipcode Change
}

// Private is the part of an account that only its user and operations see.
type Private struct {
	Email       *string
	PhoneNumber *string
	Country     *string
	City        *string
	Zipcode     *string
}
