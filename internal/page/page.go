// Package page converts Relay's page arguments to a bounded request, and rows to a page.
//
// The rules are those of "GraphQL Cursor Connections Specification", Arguments and PageInfo, with two restrictions:
// first and last exclude each other, which the specification recommends, and the size of every page is limited.
package page

import (
	"cmp"
	"math"
	"slices"

	"followgraph/internal/apperr"
)

// The limits of a page, in elements. A page of size 0 returns the total count, and whether there are any elements.
const (
	DefaultLimit = 20
	MaxLimit     = 100
)

// Args are the page arguments of a client; nil if absent.
type Args struct {
	First  *int
	After  *string
	Last   *int
	Before *string
}

// Request describes one page. It is comparable, so that it can be part of a loader's key.
type Request struct {
	Limit     int  // elements, 0 to MaxLimit
	Backward  bool // the last Limit elements before the cursor, instead of the first Limit after it
	HasCursor bool // whether Cursor is set: the page is read from there
	Cursor    Cursor
	// HasEnd reports whether End is set: the page ends there at the latest. End is the argument before of a page that
	// is read forward, and after of one that is read backward.
	HasEnd bool
	End    Cursor
}

// Parse validates the page arguments for a kind of connection. Without first and last, the page is read forward, or
// backward if before is the only cursor. Errors are BAD_USER_INPUT and name the argument and its limits.
func Parse(kind Kind, args Args) (Request, error) {
	if args.First != nil && args.Last != nil {
		return Request{}, apperr.Input("last", "first and last cannot be combined: give one of them, from 0 to %d", MaxLimit)
	}
	after, hasAfter, err := parseCursor(kind, "after", args.After)
	if err != nil {
		return Request{}, err
	}
	before, hasBefore, err := parseCursor(kind, "before", args.Before)
	if err != nil {
		return Request{}, err
	}
	if hasAfter && hasBefore && kind.walksEither() && after.List != before.List {
		return Request{}, apperr.Input("before", "after and before must be cursors of the same list: take both from pages of one connection")
	}
	request := Request{Limit: DefaultLimit, HasCursor: hasAfter, Cursor: after, HasEnd: hasBefore, End: before}
	limit, name := args.First, "first"
	if args.Last != nil || args.First == nil && hasBefore && !hasAfter {
		limit, name = args.Last, "last"
		request = Request{Limit: DefaultLimit, Backward: true, HasCursor: hasBefore, Cursor: before, HasEnd: hasAfter, End: after}
	}
	if limit == nil {
		return request, nil
	}
	if *limit < 0 || *limit > MaxLimit {
		return Request{}, apperr.Input(name, "%s must be between 0 and %d, not %d", name, MaxLimit, *limit)
	}
	request.Limit = *limit
	return request, nil
}

func parseCursor(kind Kind, name string, text *string) (cursor Cursor, given bool, err error) {
	if text == nil {
		return Cursor{}, false, nil
	}
	if *text == "" {
		return Cursor{}, false, apperr.Input(name,
			"%s must be a cursor, not an empty string: omit %s or set it to null to read without a cursor", name, name)
	}
	cursor, ok := decodeCursor(*text)
	if !ok {
		return Cursor{}, false, apperr.Input(name, "%s is not a valid cursor: use a cursor from pageInfo or an edge of this connection", name)
	}
	if cursor.Kind != kind {
		return Cursor{}, false, apperr.Input(name,
			"%s is a cursor of another connection: use a cursor from pageInfo or an edge of this connection", name)
	}
	return cursor, true, nil
}

// Fetch returns the number of rows to read for the page. The extra row shows whether another page follows.
func (r Request) Fetch() int { return r.Limit + 1 }

// OtherSide returns a request for no elements that reads one row: it shows whether there are elements on the other side
// of the cursor of r. That is the element of the cursor, if it still exists, or one beyond it. r must have a cursor.
func (r Request) OtherSide() Request {
	from := r.Cursor
	switch { // a page begins next to its cursor, so the cursor moves by one to include its own element
	case r.Kind().Ascends() != r.Backward && from.ID < math.MaxInt64:
		from.ID++
	case r.Kind().Ascends() == r.Backward && from.ID > math.MinInt64:
		from.ID--
	}
	return Request{Backward: !r.Backward, HasCursor: true, Cursor: from}
}

// Kind returns the kind of connection of the cursor.
func (r Request) Kind() Kind { return r.Cursor.Kind }

// Info is Relay's PageInfo without the cursors.
type Info struct {
	HasNextPage     bool
	HasPreviousPage bool
}

// Trim removes the extra row and the rows after the end of the page, and sorts the rest in the order of the connection.
// It takes ownership of rows. position returns the cursor of a row.
//
// otherSide reports whether there are elements on the other side of the cursor: see Request.OtherSide.
func Trim[T any](r Request, rows []T, otherSide bool, position func(T) Cursor) ([]T, Info) {
	if r.HasEnd {
		rows = rows[:within(r, rows, position)]
	}
	more := len(rows) > r.Limit
	rows = rows[:min(len(rows), r.Limit)]
	if r.Backward {
		slices.Reverse(rows)
		return rows, Info{HasPreviousPage: more, HasNextPage: otherSide}
	}
	return rows, Info{HasNextPage: more, HasPreviousPage: otherSide}
}

// within returns the number of rows before the end of the page, in reading direction ("GraphQL Cursor Connections
// Specification", ApplyCursorsToEdges). At most MaxLimit+1 rows are read and dropped.
func within[T any](r Request, rows []T, position func(T) Cursor) int {
	for i, row := range rows {
		order := position(row).compare(r.End)
		if r.Backward {
			order = -order
		}
		if order >= 0 {
			return i
		}
	}
	return len(rows)
}

// compare orders the positions of one connection.
func (c Cursor) compare(other Cursor) int {
	order := cmp.Or(cmp.Compare(c.List, other.List), cmp.Compare(c.Timestamp(), other.Timestamp()), cmp.Compare(c.Text, other.Text), cmp.Compare(c.ID, other.ID))
	if !c.Kind.Ascends() {
		return -order
	}
	return order
}
