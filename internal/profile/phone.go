package profile

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// maxPhoneNumber is the maximum length of a phone number as people write it, in bytes: 15 digits with separators
// between them.
const maxPhoneNumber = 64

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// CheckPhoneNumber accepts numbers in the form of E.164, even if their country code does not exist: imported numbers
// are in use elsewhere, and accounts that consist of an id get generated numbers under +999, which is unassigned. It
// takes a fraction of a microsecond; ParsePhoneNumber takes more than ten.
func CheckPhoneNumber(s string) error {
	if !e164.MatchString(s) {
		return fmt.Errorf("must be + and 7 to 15 digits, country code first")
	}
	return nil
}

var (
	errPhoneNumberForm = errors.New("must be +, the country code and the number: 7 to 15 digits, " +
		"separated only by spaces, dots, hyphens, slashes and parentheses")
	errPhoneNumberCountry = errors.New("must start with + and the code of a country, such as +41, " +
		"and must have as many digits as the phone numbers of that country")
)

// ParsePhoneNumber parses an international number as people write it, such as +41 (0)44 668 18 00, and returns it in
// the form of E.164: +41446681800. The country code must exist, and the number must have a valid length for it.
// ParsePhoneNumber does not check whether the range is in use: countries open new ranges faster than programs are
// updated, and users with such numbers must be able to register. Invisible characters, which address books add to
// numbers, are dropped.
func ParsePhoneNumber(s string) (string, error) {
	if len(s) > maxUnreadText {
		return "", errPhoneNumberForm
	}
	s = strings.TrimSpace(visible(s))
	// The library also accepts letters, extensions and the URIs of RFC 3966.
	if len(s) > maxPhoneNumber || !strings.HasPrefix(s, "+") || strings.ContainsFunc(s[1:], foreignToPhoneNumbers) {
		return "", errPhoneNumberForm
	}
	formatted, err := formatPhoneNumber(s, phonenumbers.UNKNOWN_REGION)
	if err != nil {
		return "", err
	}
	// A number that begins with a trunk prefix parses to a different number once it is formatted. It would not be
	// unique.
	if again, err := formatPhoneNumber(formatted, phonenumbers.UNKNOWN_REGION); err != nil || again != formatted {
		return "", errPhoneNumberCountry
	}
	return formatted, nil
}

// ParseLocalPhoneNumber parses a number like ParsePhoneNumber. It also accepts numbers as they are dialled in a region,
// such as CH: 044 668 18 00, or 0041 44 668 18 00. An empty region accepts only international numbers.
func ParseLocalPhoneNumber(s, region string) (string, error) {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "+") || region == "" {
		return ParsePhoneNumber(s)
	}
	if s == "" || len(s) > maxPhoneNumber || strings.ContainsFunc(s, foreignToPhoneNumbers) {
		return "", errPhoneNumberForm
	}
	formatted, err := formatPhoneNumber(s, region)
	if err != nil {
		return "", err
	}
	return ParsePhoneNumber(formatted)
}

// CheckRegion accepts the two upper-case letters of a country or territory with its own phone numbers (ISO 3166-1).
func CheckRegion(region string) error {
	if !phonenumbers.GetSupportedRegions()[region] {
		return fmt.Errorf("must be the two upper-case letters of a country, such as CH, not %.8q", region)
	}
	return nil
}

func formatPhoneNumber(s, region string) (string, error) {
	number, err := phonenumbers.Parse(s, region)
	switch {
	case errors.Is(err, phonenumbers.ErrInvalidCountryCode):
		return "", errPhoneNumberCountry
	case err != nil:
		return "", errPhoneNumberForm
	// IsPossibleNumber also accepts numbers without an area code.
	case phonenumbers.IsPossibleNumberWithReason(number) != phonenumbers.IS_POSSIBLE:
		return "", errPhoneNumberCountry
	}
	formatted := phonenumbers.Format(number, phonenumbers.E164)
	if !e164.MatchString(formatted) {
		return "", errPhoneNumberForm
	}
	return formatted, nil
}

func foreignToPhoneNumbers(r rune) bool {
	return (r < '0' || r > '9') && !strings.ContainsRune("./()", r) && !unicode.IsSpace(r) && !unicode.Is(unicode.Pd, r)
}
