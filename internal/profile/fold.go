package profile

import (
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxFolded is the bytes up to which letters beyond ASCII are folded: longer than any username or email address.
const maxFolded = 1 << 10

// Fold returns the form that all texts share which differ in case alone: the canonical caseless match of the Unicode
// standard (section 3.13, D145), in NFC. It is for comparing, not for showing.
func Fold(s string) string {
	if ascii(s) || len(s) > maxFolded {
		return strings.ToLower(s)
	}
	// A Caser may not be shared.
	return norm.NFC.String(cases.Fold().String(norm.NFD.String(s)))
}

// Cases are the forms of a text by which the database finds those that differ in case alone. It folds the letters A to Z
// itself, whatever its locale, and the other letters as far as its locale knows them: a locale such as C knows none.
// There the three forms find a text in capitals, one in small letters and one with the same other letters.
type Cases struct {
	Composed string // in NFC
	Lower    string // and in small letters
	Upper    string // and in capitals
}

// CasesOf returns the forms of s; those of a text in ASCII are all s.
func CasesOf(s string) Cases {
	if ascii(s) || len(s) > maxFolded {
		return Cases{s, s, s}
	}
	composed := norm.NFC.String(s)
	return Cases{composed, norm.NFC.String(strings.ToLower(composed)), norm.NFC.String(strings.ToUpper(composed))}
}
