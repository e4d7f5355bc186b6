package auth

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// maxAttribute limits an email address or phone number in a token, in bytes.
const maxAttribute = 320

// attributeClaims holds the claims of an id token about its user's attributes ("Using the ID token", Amazon Cognito's
// Developer Guide). No value of them makes a token invalid.
type attributeClaims struct {
	Email               claimText `json:"email"`
	EmailVerified       claimTrue `json:"email_verified"`
	PhoneNumber         claimText `json:"phone_number"`
	PhoneNumberVerified claimTrue `json:"phone_number_verified"`
	Identities          claimAny  `json:"identities"`
}

// verifiedAttributes returns the email address and the phone number that Cognito has verified. It returns nothing for a
// user who signs in through another provider, who has the claim identities: that provider verified the attributes, and
// Cognito did not.
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

// claimText is a claim that should be a string. It is empty for a value of another type, and for a string that the
// database cannot store.
type claimText string

func (c *claimText) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) == nil && len(text) <= maxAttribute && utf8.ValidString(text) && strings.IndexByte(text, 0) < 0 {
		*c = claimText(text)
	}
	return nil
}

// claimTrue reports whether a claim is true or "true". Cognito writes attributes in both forms.
type claimTrue bool

func (c *claimTrue) UnmarshalJSON(raw []byte) error {
	*c = string(raw) == "true" || string(raw) == `"true"`
	return nil
}

// claimAny reports whether a claim is present.
type claimAny bool

func (c *claimAny) UnmarshalJSON(raw []byte) error {
	*c = string(raw) != "null"
	return nil
}
