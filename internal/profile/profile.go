// Package profile defines the valid form of each field of a user, for all ways into the database.
package profile

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// UsernamePattern is a regular expression for Go and PostgreSQL: 1 to 64 ASCII letters, digits, dots, dashes and
// underscores, not beginning with a dot or a dash. With one alphabet, no two usernames look the same.
const UsernamePattern = `^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$`

// Limits of the other fields.
const (
	MaxEmail  = 254  // bytes (RFC 5321, 4.5.3.1.3, without the angle brackets)
	MaxText   = 255  // characters of a name, country, city or zip code
	MaxAvatar = 2048 // bytes of a URL
)

// Roles are the values of the enum userrole, in its order.
var Roles = []string{"END_USER", "OWNER", "AGENT", "BROKER", "TC_ADMIN", "OPT_USER"}

var username = regexp.MustCompile(UsernamePattern)

// CheckUsername returns an error that describes valid usernames, or nil.
func CheckUsername(s string) error {
	if !username.MatchString(s) {
		return fmt.Errorf("must have 1 to 64 ASCII letters, digits, dots, hyphens and underscores, and must not start with a dot or a hyphen")
	}
	return nil
}

// ParseEmail returns an email address in the form in which it is stored: in NFC, trimmed, and in its original case. It
// checks only the outer form: only sending mail shows whether an address works. Unlike in a name, an invisible
// character is an error: dropping it would result in a different address.
func ParseEmail(s string) (string, error) {
	s = strings.TrimSpace(s)
	at := strings.LastIndexByte(s, '@')
	if len(s) > MaxEmail || at < 1 || at == len(s)-1 || !printable(s) || strings.ContainsFunc(s, unicode.IsSpace) || !Visible(s) {
		return "", errEmail
	}
	if s = norm.NFC.String(s); len(s) > MaxEmail || !Visible(s) { // NFC inserts U+034F into a long run of marks
		return "", errEmail
	}
	return s, nil
}

var errEmail = fmt.Errorf("must have the form name@domain, at most %d bytes, and no spaces or invisible characters", MaxEmail)

// CheckAvatar accepts http and https URLs.
func CheckAvatar(s string) error {
	parsed, err := url.Parse(s)
	if err != nil || len(s) > MaxAvatar || !printable(s) || !Visible(s) || parsed.Host == "" ||
		(parsed.Scheme != "https" && parsed.Scheme != "http") {
		return fmt.Errorf("must be an http or https URL of at most %d bytes without invisible characters", MaxAvatar)
	}
	return nil
}

// CheckRole accepts the names in Roles, in upper case.
func CheckRole(s string) error {
	if !slices.Contains(Roles, s) {
		return fmt.Errorf("must be one of %s", strings.Join(Roles, ", "))
	}
	return nil
}
