package ingest

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Cause is the reason why a row is bad, as in the file of rejects.
type Cause string

// The causes of bad rows in any file.
const (
	WrongFieldCount  Cause = "wrong number of fields"
	MalformedQuoting Cause = "malformed quoting"
	LineTooLong      Cause = "line too long"
	EmptyID          Cause = "empty id"
	NullID           Cause = "id is a null marker"
	RewrittenID      Cause = "id was converted to a number"
	EscapedID        Cause = "backslash in an id"
	LineBreakInID    Cause = "line break in an id"
	ControlInID      Cause = "control character in an id"
	InvisibleInID    Cause = "invisible character in an id"
	StrayQuote       Cause = "quote at one end of an id"
	CommentOrID      Cause = "comment or an id with # or %"
	JoinedHeader     Cause = "header and row in one line"
	IDTooLong        Cause = "id too long"
	InvalidID        Cause = "id is not valid text"
	UnreadableTime   Cause = "unreadable time"
	TimeOutOfRange   Cause = "time out of range"
)

// The causes of bad rows in files of edges only.
const (
	SelfFollow     Cause = "self-follow"
	UndirectedEdge Cause = "edge without a direction"
)

// The causes of bad rows in files of users only.
const (
	BadUsername      Cause = "invalid username"
	BadName          Cause = "invalid name"
	BadPlace         Cause = "invalid country, city or zipcode"
	BadEmail         Cause = "invalid email"
	BadPhoneNumber   Cause = "invalid phone_number"
	BadAvatar        Cause = "invalid avatar"
	BadRole          Cause = "invalid role"
	UsernameTaken    Cause = "username taken"
	EmailTaken       Cause = "email taken"
	PhoneNumberTaken Cause = "phone_number taken"
	UsernameTwice    Cause = "username twice in the file"
	EmailTwice       Cause = "email twice in the file"
	PhoneNumberTwice Cause = "phone_number twice in the file"
)

// rejects counts bad rows by cause and writes them to a file.
type rejects struct {
	max    int64
	total  int64
	causes map[Cause]int64
	first  int64 // line of the first bad row
	bad    fault // of the first bad row
	file   *csv.Writer
}

// newRejects returns rejects that write CSV to w if w is not nil. The columns are line, cause and record. The record is
// the line of the input, truncated to maxLine bytes.
func newRejects(w io.Writer, most int64) (*rejects, error) {
	r := &rejects{max: most, causes: make(map[Cause]int64)}
	if w != nil {
		r.file = csv.NewWriter(w)
		if err := r.file.Write([]string{"line", "cause", "record"}); err != nil {
			return nil, rejectsError(err)
		}
	}
	return r, nil
}

func (r *rejects) add(line int64, bad fault, record []byte) error {
	if r.total == 0 {
		r.first, r.bad = line, bad
	}
	r.total++
	r.causes[bad.cause]++
	if r.file == nil {
		return nil
	}
	return rejectsError(r.file.Write([]string{strconv.FormatInt(line, 10), string(bad.cause), string(record)}))
}

// tooMany reports whether there are more bad rows than allowed.
func (r *rejects) tooMany() bool { return r.total > r.max }

// judge returns a *RejectedError if there are more bad rows than allowed. It flushes the file of rejects first, so that
// it is complete before anything is imported.
func (r *rejects) judge() error {
	if err := r.flush(); err != nil {
		return err
	}
	if !r.tooMany() {
		return nil
	}
	return &RejectedError{Total: r.total, Max: r.max, Causes: r.causes, FirstLine: r.first, First: r.bad.cause, Value: r.bad.value}
}

func (r *rejects) flush() error {
	if r.file == nil {
		return nil
	}
	r.file.Flush()
	return rejectsError(r.file.Error())
}

func rejectsError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("writing the rejects: %w", err)
}

// RejectedError is returned if a file has more bad rows than allowed. Nothing was imported.
type RejectedError struct {
	Total     int64
	Max       int64
	Causes    map[Cause]int64
	FirstLine int64
	First     Cause  // of the row in that line
	Value     string // the bad value; empty if it may be private
}

func (e *RejectedError) Error() string {
	rows := "bad rows"
	if e.Total == 1 {
		rows = "bad row"
	}
	return fmt.Sprintf("nothing imported: %d %s, %d allowed (%s; first at line %d)",
		e.Total, rows, e.Max, describe(e.Causes), e.FirstLine)
}

// describe lists the causes of all bad rows; empty if there is none.
func (r *rejects) describe() string {
	if r.total == 0 {
		return ""
	}
	return fmt.Sprintf("%s; first at line %d", describe(r.causes), r.first)
}

// describe lists the causes with the number of rows of each, most frequent first.
func describe(causes map[Cause]int64) string {
	order := make([]Cause, 0, len(causes))
	for cause := range causes {
		order = append(order, cause)
	}
	slices.SortFunc(order, func(a, b Cause) int {
		return cmp.Or(cmp.Compare(causes[b], causes[a]), cmp.Compare(a, b))
	})
	texts := make([]string, len(order))
	for i, cause := range order {
		texts[i] = fmt.Sprintf("%d %s", causes[cause], cause)
	}
	return strings.Join(texts, ", ")
}
