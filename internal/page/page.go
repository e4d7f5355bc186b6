// Package page turns Relay's page arguments into a bounded request, and rows into a page.
//
// The rules are those of "GraphQL Cursor Connections Specification", Arguments and PageInfo, with two
// narrowings: `first` goes with `after` and `last` with `before`, and every page is bounded.
package page

import (
	"slices"

	"followgraph/internal/apperr"
)

// The bounds of a page, in elements.
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
	Limit    int  // elements, 1 to MaxLimit
	Backward bool // the last Limit before the cursor, instead of the first Limit after it
	Bounded  bool // whether there is a cursor
	Cursor   Cursor
}

// Parse checks args for a connection of the given kind. Errors are BAD_USER_INPUT and name the
// argument and its bounds.
func Parse(kind Kind, args Args) (Request, error) {
	switch {
	case args.First != nil && args.Last != nil:
		return Request{}, apperr.Input("last", "first and last exclude each other: give one of them, 1 to %d", MaxLimit)
	case args.After != nil && args.Before != nil:
		return Request{}, apperr.Input("before", "after and before exclude each other: after goes with first, before with last")
	case args.First != nil && args.Before != nil:
		return Request{}, apperr.Input("before", "before goes with last (1 to %d), not with first", MaxLimit)
	case args.Last != nil && args.After != nil:
		return Request{}, apperr.Input("after", "after goes with first (1 to %d), not with last", MaxLimit)
	case args.Last != nil || args.Before != nil:
		return parse(kind, true, "last", args.Last, "before", args.Before)
	default:
		return parse(kind, false, "first", args.First, "after", args.After)
	}
}

func parse(kind Kind, backward bool, limitName string, limit *int, cursorName string, cursor *string) (Request, error) {
	request := Request{Limit: DefaultLimit, Backward: backward}
	if limit != nil {
		if *limit < 1 || *limit > MaxLimit {
			return Request{}, apperr.Input(limitName, "%s must be from 1 to %d, not %d", limitName, MaxLimit, *limit)
		}
		request.Limit = *limit
	}
	if cursor != nil {
		decoded, ok := decodeCursor(*cursor)
		if !ok {
			return Request{}, apperr.Input(cursorName,
				"%s is not a cursor: take it from pageInfo or an edge of this connection", cursorName)
		}
		if decoded.Kind != kind {
			return Request{}, apperr.Input(cursorName,
				"%s is a cursor of another connection: take it from pageInfo or an edge of this one", cursorName)
		}
		request.Bounded, request.Cursor = true, decoded
	}
	return request, nil
}

// Fetch is the number of rows to read for the page: one more than it holds tells whether it is the last.
func (r Request) Fetch() int { return r.Limit + 1 }

// Info is Relay's PageInfo but for the cursors at the page's ends.
type Info struct {
	HasNextPage     bool
	HasPreviousPage bool
}

// Trim cuts the row that only tells whether there are more, and puts the rest, which was read away from
// the cursor, into the connection's order. It takes over rows.
//
// On the cursor's own side there was an element when the cursor was cut, so that side is said to have
// a page wherever a cursor is given: looking would cost every page a statement.
func Trim[T any](r Request, rows []T) ([]T, Info) {
	more := len(rows) > r.Limit
	rows = rows[:min(len(rows), r.Limit)]
	if r.Backward {
		slices.Reverse(rows)
		return rows, Info{HasPreviousPage: more, HasNextPage: r.Bounded}
	}
	return rows, Info{HasNextPage: more, HasPreviousPage: r.Bounded}
}
