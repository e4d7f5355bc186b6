// Package searchkey has the SQL of search keys: the form of a name without differences in case, accents and
// composition. Search indexes contain it, and searches compare it.
package searchkey

import "strings"

// The three texts that searches look at, in the order of their stages. Each is an expression over the columns of users.
const (
	Username  = "username"
	Firstname = "firstname || ' ' || coalesce(lastname, '')"
	Lastname  = "lastname || ' ' || coalesce(firstname, '')"
)

// Folded returns the expression for the form of a text that all texts share that differ from it in case alone. It is that
// of internal/store/sql/letter_case.sql, which a test of package store compares.
func Folded(text string) string {
	return `lower(lower(` + text + ` COLLATE "C") COLLATE "default") COLLATE "C"`
}

// Length is the length of the longest key, in characters.
const Length = 200

// SQL returns the expression for the search key of a text, which is an SQL expression too. It depends on nothing but
// the text. internal/store/sql/search_key.sql explains it, and a test of package store holds the two together.
func SQL(text string) string {
	return strings.ReplaceAll(`left(CASE WHEN octet_length(TEXT) = length(TEXT) THEN lower(TEXT COLLATE "und-x-icu") `+
		`ELSE replace(translate(regexp_replace(lower(normalize(TEXT, NFKD) COLLATE "und-x-icu"), U&'[\0300-\036F]', '', 'g'), `+
		`'ςᲀᲁᲂᲃᲄᲅᲆᲇᲈøłđħı', 'σвдосттъѣꙋoldhi'), 'ß', 'ss') END, 200) COLLATE "C"`, "TEXT", "("+text+")")
}
