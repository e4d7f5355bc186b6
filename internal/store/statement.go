package store

import (
	"embed"
	"strings"
	"text/template"
)

//go:embed sql/*.sql
var sqlFiles embed.FS

var templates = template.Must(template.ParseFS(sqlFiles, "sql/*.sql"))

// statementNames are the names of the files by the texts that were made of them. It is complete when the program starts.
var statementNames = map[string]string{}

// statement renders sql/name.sql once, at start; a file that does not render is a fault of the build.
func statement(name string, data any) string {
	text := statementText(name, data)
	statementNames[text] = name
	return text
}

// statementText renders a statement whose options are known only while the program runs. It is told of as "other".
func statementText(name string, data any) string {
	var text strings.Builder
	if err := templates.ExecuteTemplate(&text, name+".sql", data); err != nil {
		panic(err)
	}
	return text.String()
}

// statementName is the name that a statement is told of by, one of few: that of its file, "ent" where ent has made it, and
// "other" for all that has neither, such as BEGIN.
func statementName(text string) string {
	if name, ok := statementNames[text]; ok {
		return name
	}
	for _, verb := range entVerbs {
		if strings.HasPrefix(text, verb) {
			return "ent"
		}
	}
	return "other"
}

// entVerbs are how ent's statements begin: it quotes names, which nobody else here does.
var entVerbs = []string{`SELECT "`, `SELECT COUNT("`, `SELECT COUNT(*) FROM "`, `SELECT DISTINCT "`, `INSERT INTO "`, `UPDATE "`, `DELETE FROM "`}

// direction is the way a statement walks an index: Beyond compares a row with the position that the page
// starts behind.
type direction struct{ Order, Beyond string }

var (
	ascending  = direction{"ASC", ">"}
	descending = direction{"DESC", "<"}
)

// list is one of a user's two lists of follows: the column that names the user and the one that names
// the element.
type list struct{ Owner, Other string }

var (
	followers = list{Owner: "following_id", Other: "follower_id"}
	following = list{Owner: "follower_id", Other: "following_id"}
)

// form is a statement in one direction, with or without the details of accounts.
type form struct {
	direction
	Details bool
}

// forms renders a statement in each form.
func forms(name string, data func(form) any) map[form]string {
	all := map[form]string{}
	for _, d := range []direction{ascending, descending} {
		for _, details := range []bool{false, true} {
			f := form{d, details}
			all[f] = statement(name, data(f))
		}
	}
	return all
}
