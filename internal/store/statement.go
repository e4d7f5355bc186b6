package store

import (
	"embed"
	"strings"
	"text/template"
)

//go:embed sql/*.sql
var sqlFiles embed.FS

var templates = template.Must(template.ParseFS(sqlFiles, "sql/*.sql"))

// statementNames maps the text of a statement to the name of its file. It is complete once the program has started.
var statementNames = map[string]string{}

// statement renders sql/name.sql once, when the program starts. A file that does not render is a build error, so it
// panics.
func statement(name string, data any) string {
	text := statementText(name, data)
	statementNames[text] = name
	return text
}

// statementText renders a statement whose options are known only at run time. The observer sees it as "other".
func statementText(name string, data any) string {
	var text strings.Builder
	if err := templates.ExecuteTemplate(&text, name+".sql", data); err != nil {
		panic(err)
	}
	return text.String()
}

// statementName returns the name under which a statement is observed. There are few names: that of its file, "ent" for
// a statement of ent, and "other" for the rest, such as BEGIN.
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

// entVerbs are the beginnings of ent's statements. Only ent quotes the names in a statement.
var entVerbs = []string{`SELECT "`, `SELECT COUNT("`, `SELECT COUNT(*) FROM "`, `SELECT DISTINCT "`, `INSERT INTO "`, `UPDATE "`, `DELETE FROM "`}

// direction is how a statement walks an index. Beyond compares a row with the position where the page starts.
type direction struct{ Order, Beyond string }

var (
	ascending  = direction{"ASC", ">"}
	descending = direction{"DESC", "<"}
)

// list is one of a user's two follow lists: Owner is the column with the user, Other the column with the element.
type list struct{ Owner, Other string }

var (
	followers = list{Owner: "following_id", Other: "follower_id"}
	following = list{Owner: "follower_id", Other: "following_id"}
)

// form selects a variant of a statement: its direction, and whether it reads the details of accounts.
type form struct {
	direction
	Details bool
}

// forms renders a statement in every form.
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
