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

// NFC returns a text in NFC, the form in which names are stored.
func NFC(s string) string {
	if ascii(s) || len(s) > maxFolded {
		return s
	}
	return norm.NFC.String(s)
}
