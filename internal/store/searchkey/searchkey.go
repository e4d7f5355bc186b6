// Package searchkey has the SQL of search keys: the form of a name without differences in case, accents and
// composition. Search indexes contain it, and searches compare it. words.go has the words of a name.
package searchkey

import "strings"

// Username is the text of the key by which users are in order, and which an exact search compares. It is an expression
// over the columns of users.
const Username = "username"

// Folded returns the expression for the form of a text that all texts share that differ from it in case or composition
// alone. It depends on nothing but the text. It is that of internal/store/sql/letter_case.sql, which a test of package
// store compares.
func Folded(text string) string {
	return strings.ReplaceAll(`(CASE WHEN octet_length(TEXT) = length(TEXT) THEN lower(TEXT COLLATE "C") COLLATE "und-x-icu" `+
		`ELSE replace(translate(lower(normalize(TEXT, NFD) COLLATE "und-x-icu"), 'ςſµϐϑϕϖϰϱϵᲀᲁᲂᲃᲄᲅᲆᲇᲈ', 'σsμβθφπκρεвдосттъѣꙋ'), 'ß', 'ss') END COLLATE "C")`, "TEXT", text)
}

// Length is the length of the longest key, in characters.
const Length = 200

// SQL returns the expression for the search key of a text, which is an SQL expression too. It depends on nothing but
// the text. internal/store/sql/search_key.sql explains it, and a test of package store holds the two together.
func SQL(text string) string {
	return strings.ReplaceAll(`left(CASE WHEN octet_length(TEXT) = length(TEXT) THEN lower(TEXT COLLATE "und-x-icu") `+
		`ELSE replace(replace(replace(replace(translate(regexp_replace(lower(normalize(TEXT, NFKD) COLLATE "und-x-icu"), U&'[\0300-\036F]', '', 'g'), `+
		`'ςᲀᲁᲂᲃᲄᲅᲆᲇᲈøłđħıðŧ’‘ʼ‐–', 'σвдосттъѣꙋoldhidt''''''--'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th') END, 200) COLLATE "C"`, "TEXT", "("+text+")")
}
