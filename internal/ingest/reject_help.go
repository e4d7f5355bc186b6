package ingest

import "fmt"

// helps are hints for the causes of bad rows.
var helps = map[Cause]string{
	WrongFieldCount: "rows must have as many fields as the header or the first row: is the line cut off, " +
		"or a field with a delimiter not quoted?",
	MalformedQuoting: "a quote is not closed, is inside an unquoted field, or is not doubled inside a quoted field",
	LineTooLong:      fmt.Sprintf("a record may have at most %d bytes", maxLine),
	EmptyID:          "each row needs both ids: delete empty rows, which spreadsheets write for cells that were in use before",
	NullID:           "leave such rows out",
	IDTooLong:        "an id may have at most 255 bytes",
	InvalidID: "ids must be UTF-8 without NUL: if the file has another encoding, convert it, " +
		"for example with iconv -f WINDOWS-1252 -t UTF-8",
	RewrittenID: "a program has converted the id to a number: write the column as text (pandas: dtype=str; " +
		"R: format(id, scientific = FALSE, trim = TRUE); spreadsheets: format cells as text)",
	EscapedID:        "in a file with tabs a backslash may start an escape, as in COPY, or be part of the id: export as CSV",
	LineBreakInID:    "an id must not contain a line break",
	ControlInID:      "if this character separates columns, give it as --delimiter",
	InvisibleInID:    "remove the invisible character",
	StrayQuote:       "quote an id at both ends or not at all",
	CommentOrID:      "if such lines are comments, give their prefix as --comment; if they are rows, give --comment none",
	JoinedHeader:     "a line break is missing between two concatenated files: add it, or import each file separately",
	UnreadableTime:   "write 2025-06-20T12:00:00Z or 2025-06-20 12:00:00+00 in created_at, or seconds since 1970 in epoch_seconds",
	TimeOutOfRange:   "times must be in the years 1 to 9999; epoch_seconds are seconds, not milliseconds",
	SelfFollow:       "a user cannot follow themselves: leave such rows out",
	UndirectedEdge:   "a follow has a direction: if both users follow each other, write two rows of type Directed",
	BadPhoneNumber:   "write a +, the country code and the number, such as +41 44 668 18 00",
	BadUsername:      "a username has 1 to 64 letters a to z, digits, dots, dashes and underscores, and does not start with a dot or dash",
	BadRole:          "the roles are END_USER, OWNER, AGENT, BROKER, TC_ADMIN and OPT_USER",
	UsernameTaken:    "an account has it; case does not matter",
	EmailTaken:       "an account has it; case does not matter",
	UsernameTwice:    "an earlier row has it; case does not matter",
	EmailTwice:       "an earlier row has it; case does not matter",
	PhoneNumberTwice: "an earlier row has the same number, possibly in another form",
}

// Help describes the first bad row and how to fix it.
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
