// Package auth authenticates callers by password, by local token and by Cognito token. It does not authorize them.
package auth

import (
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"followgraph/internal/apperr"
)

// Identity is the user or app client that a verified token was issued to.
type Identity struct {
	Subject string // the user's Cognito id: 1 to MaxSubject bytes of UTF-8 without NUL
	Local   bool   // the token was issued by Tokens
	// VerifiedEmail and VerifiedPhoneNumber are the values that an id token of Cognito states as verified. They are
	// empty for access tokens, and for users who sign in through another provider, because Cognito did not verify their
	// attributes.
	VerifiedEmail, VerifiedPhoneNumber string
	Machine                            bool // an app client's own token: Subject is not a user
	// Version is the account's token_version when a local token was issued, 0 for a token of Cognito. If the account
	// now has another version, the token was revoked. This package does not check that; its caller must.
	Version int64
	Expires time.Time
}

// Until returns when a token of the identity has to be rejected. A token of Cognito is accepted for a while after it has
// expired, because clocks differ.
func (i Identity) Until() time.Time {
	if i.Local || i.Expires.IsZero() {
		return i.Expires
	}
	return i.Expires.Add(leeway)
}

// MaxSubject limits a subject, in bytes.
const MaxSubject = 255

// leeway is the tolerated difference between the issuer's clock and this one.
const leeway = 30 * time.Second

func validSubject(s string) bool {
	return s != "" && len(s) <= MaxSubject && utf8.ValidString(s) && strings.IndexByte(s, 0) < 0
}

// errInvalidToken returns the error for a token that is not valid. The reason is for the log and must not contain any
// part of the token. The client gets no reason.
func errInvalidToken(reason string) error {
	return apperr.Wrap(apperr.Unauthenticated, errors.New(reason), "the token is not valid: sign in again")
}

// errTokenTooLong returns the error for a token that is too long to be read. It is not UNAUTHENTICATED, because signing
// in again would give an equally long token.
func errTokenTooLong(token string) error {
	return apperr.New(apperr.BadRequest,
		"the token has %d bytes; the limit is %d: issue it with fewer groups, roles or claims", len(token), MaxToken)
}

// errExpired returns the error for an expired token. Use it only after the signature was verified.
func errExpired() error {
	return apperr.New(apperr.Unauthenticated, "the token has expired: sign in again")
}
