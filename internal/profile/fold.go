package profile

import (
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxFolded is the maximum length of a text, in bytes, whose letters beyond ASCII are folded. It is longer than any
// username or email address.
const maxFolded = 1 << 10

// Fold returns the same form for all texts that differ only in case: the canonical caseless match of the Unicode
// standard (section 3.13, D145), in NFC. The form is for comparisons, not for display.
func Fold(s string) string {
	if ascii(s) || len(s) > maxFolded {
		return strings.ToLower(s)
	}
	// A Caser must not be shared.
	return norm.NFC.String(cases.Fold().String(norm.NFD.String(s)))
}

// Cases are the forms of a text that the database uses to find texts that differ only in case. The database folds the
// letters A to Z in any locale, and other letters as far as its locale supports them. A locale such as C supports none.
// The three forms then find texts in upper case, in lower case, and with the same other letters.
type Cases struct {
	Composed string // in NFC
	Lower    string // in NFC and lower case
	Upper    string // in NFC and upper case
}

// CasesOf returns the forms of s. For an ASCII text, all are s.
func CasesOf(s string) Cases {
	if ascii(s) || len(s) > maxFolded {
		return Cases{s, s, s}
	}
	composed := norm.NFC.String(s)
	return Cases{composed, norm.NFC.String(strings.ToLower(composed)), norm.NFC.String(strings.ToUpper(composed))}
}
