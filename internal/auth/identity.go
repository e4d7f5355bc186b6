// Package auth is passwords, tokens and the Cognito verifier: it finds out who somebody is, and knows nothing of what
// they may do.
package auth

import (
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"followgraph/internal/apperr"
)

// Identity is whom a verified token was issued to.
type Identity struct {
	Subject string // the user's Cognito id: 1 to MaxSubject bytes of UTF-8 without NUL
	Local   bool   // the token is one of Tokens
	// VerifiedEmail and VerifiedPhoneNumber are what Cognito says in an id token that the user has proved to have; empty where it
	// does not, for access tokens, and for users of another provider, whose word it would be.
	VerifiedEmail, VerifiedPhoneNumber string
	Machine                            bool // the token was issued to an app client of Cognito that signed in as itself: Subject is no user
	// Version is the account's token_version when a local token was issued, 0 for one of Cognito's. A token with another
	// version than the account has now was withdrawn: the caller has to look.
	Version int64
	Expires time.Time
}

// MaxSubject bounds a subject, in bytes.
const MaxSubject = 255

// leeway is how far the clock of whoever issued a token may differ from this one.
const leeway = 30 * time.Second

func validSubject(s string) bool {
	return s != "" && len(s) <= MaxSubject && utf8.ValidString(s) && strings.IndexByte(s, 0) < 0
}

// refused is the error for a token that is not valid. The reason is for the log: the client learns no more than that,
// and no part of the token may be in it.
func errInvalidToken(reason string) error {
	return apperr.Wrap(apperr.Unauthenticated, errors.New(reason), "the token is not valid: sign in again")
}

// tooLong is the error for a token that is not read. It is not UNAUTHENTICATED: to sign in again would give as long a token.
func errTokenTooLong(token string) error {
	return apperr.New(apperr.BadRequest,
		"the token has %d bytes, and at most %d are read: put less into it, such as fewer groups, roles or claims", len(token), MaxToken)
}

// expired is said of tokens whose signature is right, only.
func errExpired() error {
	return apperr.New(apperr.Unauthenticated, "the token has expired: sign in again")
}
