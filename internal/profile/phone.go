package profile

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// maxPhoneNumber is the bytes of a phone number as people write it: 15 digits with something between any two.
const maxPhoneNumber = 64

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// CheckPhoneNumber accepts what has the form of E.164, whether or not a country has the country code: an import brings
// numbers that are in use elsewhere, and accounts of ids alone get made-up ones under +999, which nobody has. It costs
// a fraction of a microsecond, ParsePhoneNumber more than ten.
func CheckPhoneNumber(s string) error {
	if !e164.MatchString(s) {
		return fmt.Errorf("a phone number is a + and 7 to 15 digits, country code first")
	}
	return nil
}

var (
	errPhoneNumberForm = errors.New("a phone number is a +, the country code and the number: 7 to 15 digits, " +
		"between them only blanks, dots, dashes, slashes and parentheses")
	errPhoneNumberCountry = errors.New("a phone number begins with + and the code of a country, such as +41, " +
		"and has as many digits as that country's numbers have")
)

// ParsePhoneNumber reads an international number as people write it, such as +41 (0)44 668 18 00, and returns it in the
// form of E.164: +41446681800. The country code must exist and the length be one that its numbers have. Whether the
// digits belong to a range that is in use is not asked: countries open new ranges faster than programs are brought up to
// date, and their people must not be locked out. Invisible characters, which address books put around numbers, are dropped.
func ParsePhoneNumber(s string) (string, error) {
	if len(s) > maxUnreadText {
		return "", errPhoneNumberForm
	}
	s = strings.TrimSpace(visible(s))
	// The library would take more, such as letters, extensions and the URIs of RFC 3966.
	if len(s) > maxPhoneNumber || !strings.HasPrefix(s, "+") || strings.ContainsFunc(s[1:], foreignToPhoneNumbers) {
		return "", errPhoneNumberForm
	}
	formatted, err := formatPhoneNumber(s, phonenumbers.UNKNOWN_REGION)
	if err != nil {
		return "", err
	}
	// A number that reads as another one once it is written down, because it begins with what is dialled before numbers
	// within its country, would not be unique.
	if again, err := formatPhoneNumber(formatted, phonenumbers.UNKNOWN_REGION); err != nil || again != formatted {
		return "", errPhoneNumberCountry
	}
	return formatted, nil
}

// ParseLocalPhoneNumber reads a number as ParsePhoneNumber does, and in a region, such as CH, also one as it is dialled there:
// 044 668 18 00, or 0041 44 668 18 00. Where region is empty, there is none.
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

// CheckRegion accepts the two letters of a country or territory with phone numbers of its own (ISO 3166-1), in capitals.
func CheckRegion(region string) error {
	if !phonenumbers.GetSupportedRegions()[region] {
		return fmt.Errorf("a region is the two capital letters of a country, such as CH, not %.8q", region)
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
	// Not IsPossibleNumber: that also takes a number that lacks its area code.
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
