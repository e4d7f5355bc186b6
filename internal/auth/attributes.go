package auth

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// maxAttribute bounds an email address or phone number of a token, in bytes.
const maxAttribute = 320

// attributeClaims are what an id token says of its user's attributes ("Using the ID token", Amazon Cognito's Developer Guide).
// Whatever they are, they do not make a token invalid.
type attributeClaims struct {
	Email               claimText `json:"email"`
	EmailVerified       claimTrue `json:"email_verified"`
	PhoneNumber         claimText `json:"phone_number"`
	PhoneNumberVerified claimTrue `json:"phone_number_verified"`
	Identities          claimAny  `json:"identities"`
}

// verified are the email address and the phone number that the user has proved to have. A user who signs in through another
// provider has identities: what is verified of them is that provider's word, and not Cognito's.
func (c cognitoClaims) verifiedAttributes() (email, phoneNumber string) {
	if c.TokenUse != "id" || bool(c.Identities) {
		return "", ""
	}
	if c.EmailVerified {
		email = string(c.Email)
	}
	if c.PhoneNumberVerified {
		phoneNumber = string(c.PhoneNumber)
	}
	return email, phoneNumber
}

// claimText is a text, empty for anything else and for what no database keeps.
type claimText string

func (c *claimText) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) == nil && len(text) <= maxAttribute && utf8.ValidString(text) && strings.IndexByte(text, 0) < 0 {
		*c = claimText(text)
	}
	return nil
}

// claimTrue is whether a claim is true, or "true" as attributes have it.
type claimTrue bool

func (c *claimTrue) UnmarshalJSON(raw []byte) error {
	*c = string(raw) == "true" || string(raw) == `"true"`
	return nil
}

// claimAny is whether a claim is there.
type claimAny bool

func (c *claimAny) UnmarshalJSON(raw []byte) error {
	*c = string(raw) != "null"
	return nil
}
