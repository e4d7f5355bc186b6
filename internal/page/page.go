// Package page turns Relay's page arguments into a bounded request, and rows into a page.
//
// The rules are those of "GraphQL Cursor Connections Specification", Arguments and PageInfo, with two narrowings: first and
// last exclude each other, which the specification discourages, and every page is bounded.
package page

import (
	"cmp"
	"math"
	"slices"

	"followgraph/internal/apperr"
)

// The bounds of a page, in elements. A page of none tells how many there are, and whether there are any.
const (
	DefaultLimit = 20
	MaxLimit     = 100
)

// Args are the page arguments as a client gave them; nil where it gave none.
type Args struct {
	First  *int
	After  *string
	Last   *int
	Before *string
}

// Request asks for one page. It is comparable, so that it can be part of a loader's key.
type Request struct {
	Limit     int  // elements, 0 to MaxLimit
	Backward  bool // the last Limit before the cursor, instead of the first Limit after it
	HasCursor bool // whether there is a cursor where the page is read from
	Cursor    Cursor
	// HasEnd tells whether there is a cursor where the page ends at the latest, which is before for a page read forwards and
	// after for one read backwards.
	HasEnd bool
	End    Cursor
}

// Parse checks args for a connection of the given kind. Without first and last the page is read forwards, or backwards from
// before where that is the only cursor. Errors are BAD_USER_INPUT and name the argument and its bounds.
func Parse(kind Kind, args Args) (Request, error) {
	if args.First != nil && args.Last != nil {
		return Request{}, apperr.Input("last", "first and last exclude each other: give one of them, 0 to %d", MaxLimit)
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
		return Request{}, apperr.Input("before", "after and before are of different orders of this connection: take both from pages of one list")
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
		return Request{}, apperr.Input(name, "%s must be from 0 to %d, not %d", name, MaxLimit, *limit)
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
			"%s is an empty string, which is no cursor: leave %s out, or give null, for a page from the connection's end", name, name)
	}
	cursor, ok := decodeCursor(*text)
	if !ok {
		return Cursor{}, false, apperr.Input(name, "%s is not a cursor: take it from pageInfo or an edge of this connection", name)
	}
	if cursor.Kind != kind {
		return Cursor{}, false, apperr.Input(name,
			"%s is a cursor of another connection: take it from pageInfo or an edge of this one", name)
	}
	return cursor, true, nil
}

// Fetch is the number of rows to read for the page: one more than it holds tells whether it is the last.
func (r Request) Fetch() int { return r.Limit + 1 }

// OtherSide asks for no element of the connection, and tells by the one row that is read for it whether there is any on the
// other side of the cursor where the page of r is read from: the element that the cursor was cut at, where that still exists,
// or one beyond it. r must have a cursor.
func (r Request) OtherSide() Request {
	from := r.Cursor
	switch { // a page begins beside its cursor: so it is put beside the element
	case r.Kind().ascends() != r.Backward && from.ID < math.MaxInt64:
		from.ID++
	case r.Kind().ascends() == r.Backward && from.ID > math.MinInt64:
		from.ID--
	}
	return Request{Backward: !r.Backward, HasCursor: true, Cursor: from}
}

// Kind is the kind of connection that the cursor of r is of.
func (r Request) Kind() Kind { return r.Cursor.Kind }

// Info is Relay's PageInfo but for the cursors at the page's ends.
type Info struct {
	HasNextPage     bool
	HasPreviousPage bool
}

// Trim cuts the row that only tells whether there are more, and what lies beyond the end of the page, and puts the rest, which
// was read away from the cursor, into the connection's order. It takes over rows; position tells where one stands.
//
// On the cursor's own side behind tells whether there are elements: see Request.OtherSide.
func Trim[T any](r Request, rows []T, behind bool, position func(T) Cursor) ([]T, Info) {
	if r.HasEnd {
		rows = rows[:within(r, rows, position)]
	}
	more := len(rows) > r.Limit
	rows = rows[:min(len(rows), r.Limit)]
	if r.Backward {
		slices.Reverse(rows)
		return rows, Info{HasPreviousPage: more, HasNextPage: behind}
	}
	return rows, Info{HasNextPage: more, HasPreviousPage: behind}
}

// within is how many of the rows lie in front of the end of the page, in the direction of reading ("GraphQL Cursor
// Connections Specification", ApplyCursorsToEdges). That many and one at most are read in vain: a page has MaxLimit elements.
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

// compare orders positions of one connection by which comes first.
func (c Cursor) compare(other Cursor) int {
	order := cmp.Or(cmp.Compare(c.List, other.List), cmp.Compare(c.Timestamp(), other.Timestamp()), cmp.Compare(c.Text, other.Text), cmp.Compare(c.ID, other.ID))
	if !c.Kind.ascends() {
		return -order
	}
	return order
}
