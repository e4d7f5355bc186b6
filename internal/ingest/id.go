package ingest

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"followgraph/internal/globalid"
	"followgraph/internal/profile"
)

// fault is the reason why a row is bad.
type fault struct {
	cause Cause
	value string // the bad value; empty if it may be private
}

// plain are the bytes of nearly all ids. Ids with other bytes take the slow path.
var plain = func() (set [256]uint8) {
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_:@|" {
		set[c] = 1
	}
	return set
}()

// isPlain reports whether a field consists of plain bytes. It checks eight bytes at a time, because an import of UUIDs
// spends most of its time here.
func isPlain(field []byte) bool {
	for len(field) >= 8 {
		if plain[field[0]]&plain[field[1]]&plain[field[2]]&plain[field[3]]&
			plain[field[4]]&plain[field[5]]&plain[field[6]]&plain[field[7]] == 0 {
			return false
		}
		field = field[8:]
	}
	for _, c := range field {
		if plain[c] == 0 {
			return false
		}
	}
	return true
}

// parseID parses a Cognito id. delimiter is the delimiter of the file.
func parseID(field []byte, delimiter byte) (string, *fault) {
	if !isPlain(field) {
		return parseUnusualID(field, delimiter)
	}
	if len(field) == 0 {
		return "", &fault{cause: EmptyID}
	}
	if len(field) > globalid.MaxCognitoID || isNull(field) {
		return parseUnusualID(field, delimiter)
	}
	return string(field), nil
}

// parseUnusualID parses ids with other bytes. It also detects ids that a program has converted to something else.
func parseUnusualID(field []byte, delimiter byte) (string, *fault) {
	id := string(clean(field))
	bad := func(cause Cause) (string, *fault) { return id, &fault{cause, id} }
	switch {
	case id == "":
		return bad(EmptyID)
	case isNull([]byte(id)):
		return bad(NullID)
	case !utf8.ValidString(id), strings.ContainsRune(id, 0), strings.ContainsRune(id, utf8.RuneError):
		return bad(InvalidID)
	case strings.ContainsAny(id, "\r\n"):
		return bad(LineBreakInID)
	case strings.ContainsFunc(id, unicode.IsControl):
		return bad(ControlInID)
	case delimiter == '\t' && strings.ContainsRune(id, '\\'):
		return bad(EscapedID)
	case isRewritten(id):
		return bad(RewrittenID)
	case isHalfQuoted(id):
		return bad(StrayQuote)
	}
	id = norm.NFC.String(id)
	switch {
	case !profile.Visible(id):
		return bad(InvisibleInID)
	case len(id) > globalid.MaxCognitoID:
		return bad(IDTooLong)
	}
	return id, nil
}

// isNull reports whether a value is a null marker of databases, spreadsheets or programming languages.
func isNull(value []byte) bool {
	if len(value) == 0 || len(value) > 9 || bytes.IndexByte([]byte(`Nn\<(#u`), value[0]) < 0 {
		return false
	}
	switch string(value) {
	case "NULL", "null", "Null", `\N`, "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NAN", "<NA>", "NaT", "nil", "None", "none",
		"<null>", "<NULL>", "(null)", "(NULL)", "undefined", "#NULL!", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!":
		return true
	}
	return false
}

// isRewritten reports whether a value looks like a formatted number: 7.0 from a float column of pandas, 1e+05 from R,
// 1.23457E+17 from a spreadsheet, 1,234 with a thousands separator. The original id may be lost.
func isRewritten(id string) bool {
	digits := len(id) - len(strings.TrimLeft(id, "0123456789"))
	if digits == 0 {
		return false
	}
	rest := id[digits:]
	switch rest[:min(1, len(rest))] {
	case ".":
		fraction := strings.TrimLeft(rest[1:], "0123456789")
		return fraction == "" && strings.Trim(rest[1:], "0") == "" || isExponent(fraction)
	case "e", "E":
		return isExponent(rest)
	case ",":
		for digits <= 3 && len(rest) >= 4 && rest[0] == ',' && allDigits(rest[1:4]) {
			rest = rest[4:]
		}
		return rest == ""
	}
	return false
}

// isHalfQuoted reports whether a value has a quote only at its start or only at its end.
func isHalfQuoted(id string) bool {
	for _, quote := range []string{`"`, `'`} {
		if (strings.HasPrefix(id, quote) || strings.HasSuffix(id, quote)) && strings.Count(id, quote)%2 != 0 {
			return true
		}
	}
	return false
}

func isExponent(s string) bool {
	return len(s) > 2 && (s[0] == 'e' || s[0] == 'E') && (s[1] == '+' || s[1] == '-') && allDigits(s[2:])
}

// quotePairs are quotes around values that CSV does not define.
var quotePairs = [][2]string{{"'", "'"}, {"`", "`"}, {"“", "”"}, {"‘", "’"}, {"„", "“"}, {"«", "»"}, {`="`, `"`}, {`"`, `"`}}

// clean removes blanks of all kinds, invisible characters and byte order marks at both ends of a value, and a pair of
// quotes around it.
func clean(field []byte) []byte {
	if n := len(field); n == 0 || isBare(field[0]) && isBare(field[n-1]) {
		return field
	}
	field = bytes.TrimFunc(field, isBlank)
	for _, pair := range quotePairs {
		if len(field) >= len(pair[0])+len(pair[1]) && bytes.HasPrefix(field, []byte(pair[0])) && bytes.HasSuffix(field, []byte(pair[1])) {
			return bytes.TrimFunc(field[len(pair[0]):len(field)-len(pair[1])], isBlank)
		}
	}
	return field
}

// isBare reports whether clean certainly keeps a byte at the start or end of a value, so that clean can skip its slower
// checks.
func isBare(c byte) bool {
	return c > ' ' && c < 0x7f && c != '"' && c != '\'' && c != '`' && c != '='
}

func isBlank(r rune) bool {
	return unicode.IsSpace(r) || r == 0x1a || r == '\ufeff' || r == '\u2800' || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zs, r)
}
