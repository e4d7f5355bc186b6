package ingest

import "fmt"

// helps says what would help against a cause. The value that is wrong comes before it, where it may be shown.
var helps = map[Cause]string{
	WrongFieldCount: "rows have as many fields as the header or the first row: is a line cut off, or a field with the delimiter " +
		"in it not quoted?",
	MalformedQuoting: "a quote is opened and not closed, stands inside a field without quotes, or is not doubled inside a field with them",
	LineTooLong:      fmt.Sprintf("a record has at most %d bytes", maxLine),
	EmptyID:          "each row needs both ids; spreadsheets write such rows for cells that were in use once: delete them",
	NullID:           "it is what programs write for no value: leave such rows out",
	IDTooLong:        "an id has at most 255 bytes",
	InvalidID:        "ids are UTF-8 without NUL: if the file has another encoding, convert it, such as with iconv -f WINDOWS-1252 -t UTF-8",
	RewrittenID: "a program took the id for a number and wrote it in another form: write the column as text (pandas: dtype=str; " +
		"R: format(id, scientific = FALSE, trim = TRUE); spreadsheets: format cells as text)",
	EscapedID:      "in a file with tabs a backslash may begin an escape, as COPY writes them, or stand for itself: export as CSV",
	LineBreakInID:  "an id is one line",
	ControlInID:    "if it separates columns, give it as --delimiter",
	InvisibleInID:  "take the character out: it cannot be seen or typed",
	StrayQuote:     "quotes stand at both ends or at neither",
	CommentOrID:    "if such lines are comments, give --comment with what they begin with; if they are rows, --comment none",
	JoinedHeader:   "a line break is missing where two files were put together: add it, or import each file by itself",
	UnreadableTime: "a time is 2025-06-20T12:00:00Z or 2025-06-20 12:00:00+00 in created_at, seconds since 1970 in epoch_seconds",
	TimeOutOfRange: "times lie in the years 1 to 9999; seconds since 1970 are no milliseconds",

	SelfFollow:       "a user cannot follow themselves: leave such rows out",
	UndirectedEdge:   "a follow has a direction: if both ends follow each other, write two rows, each with the type Directed",
	BadPhoneNumber:   "a phone number is a +, the country code and the number, such as +41 44 668 18 00",
	BadUsername:      "a username has 1 to 64 letters a to z, digits, dots, dashes and underscores, and begins with none of . and -",
	BadRole:          "the roles are END_USER, OWNER, AGENT, BROKER, TC_ADMIN and OPT_USER",
	UsernameTaken:    "an account has it, in whatever case",
	EmailTaken:       "an account has it, in whatever case",
	UsernameTwice:    "an earlier row has it, in whatever case",
	EmailTwice:       "an earlier row has it, in whatever case",
	PhoneNumberTwice: "an earlier row has it, in whatever form",
}

// Help says of the first bad row what is wrong in it and what would help.
func (e *RejectedError) Help() string {
	text := fmt.Sprintf("line %d: %s", e.FirstLine, e.First)
	switch {
	case e.First == WrongFieldCount && e.Value != "":
		text += ", " + e.Value
	case e.Value != "":
		text += fmt.Sprintf(" %.80q", e.Value)
	}
	if help := helps[e.First]; help != "" {
		text += ": " + help
	}
	return text
}
