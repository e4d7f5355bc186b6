// Package globalid encodes Relay's global object identifiers.
//
// A global id is opaque to clients and never changes. It is the URL-safe base64, without padding, of the type's name, a
// colon and the object's own id (Relay, "GraphQL Global Object Identification Specification"). The id of a user
// contains its Cognito id. Follows contain the same id, so a page of follows has the global ids of its users without
// reading the users table.
package globalid

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"followgraph/internal/apperr"
)

const userPrefix = "User:"

// MaxCognitoID is the maximum length of a Cognito id in bytes.
const MaxCognitoID = 255

var encoding = base64.RawURLEncoding.Strict()

// User returns the global id of the user with a Cognito id.
func User(cognitoID string) string {
	return encoding.EncodeToString([]byte(userPrefix + cognitoID))
}

// ParseUser returns the Cognito id of a user's global id. If User cannot have returned the id, the error is
// BAD_USER_INPUT and names the argument, field.
func ParseUser(field, id string) (string, error) {
	if len(id) <= encoding.EncodedLen(len(userPrefix)+MaxCognitoID) {
		// DecodeString ignores line breaks, so one object would have several ids.
		raw, err := encoding.DecodeString(id)
		if cognitoID, ok := strings.CutPrefix(string(raw), userPrefix); err == nil && ok &&
			ValidCognitoID(cognitoID) && !strings.ContainsAny(id, "\r\n") {
			return cognitoID, nil
		}
	}
	return "", apperr.Input(field, "%s is not a valid global id: use the value of an `id` field of this API", field)
}

// ValidCognitoID reports whether s can be a Cognito id: 1 to MaxCognitoID bytes of UTF-8 without NUL, which PostgreSQL
// cannot store.
func ValidCognitoID(s string) bool {
	return s != "" && len(s) <= MaxCognitoID && utf8.ValidString(s) && !strings.ContainsRune(s, 0)
}
