package store

import (
	"math"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"followgraph/internal/model"
	"followgraph/internal/timestamp"
)

// A key without a cursor has a position before the first row of the walk. One statement can therefore serve keys with
// and without a cursor. The first and the last time are the infinities.
const (
	firstTime = timestamp.NegativeInfinity
	lastTime  = timestamp.Infinity
)

var lastName = strings.Repeat("\U0010FFFF", 16) // no name sorts after it, byte by byte

// column returns one parameter of a statement: an array with an element for each key.
func column[T any](keys []model.ConnectionKey, value func(model.ConnectionKey) T) []T {
	values := make([]T, len(keys))
	for i, key := range keys {
		values[i] = value(key)
	}
	return values
}

// start returns one component of a key's position: that of the cursor, or first or last if the key has no cursor.
func start[T any](w walk, key model.ConnectionKey, cursor, first, last T) T {
	switch {
	case key.Page.HasCursor:
		return cursor
	case w.direction() == ascending:
		return first
	default:
		return last
	}
}

func (w walk) times(keys []model.ConnectionKey) []pgtype.Timestamptz {
	return column(keys, func(key model.ConnectionKey) pgtype.Timestamptz {
		return timeParameter(start(w, key, key.Page.Cursor.Timestamp(), firstTime, lastTime))
	})
}

func timeParameter(at timestamp.Timestamp) pgtype.Timestamptz {
	switch at {
	case timestamp.Infinity:
		return pgtype.Timestamptz{InfinityModifier: pgtype.Infinity, Valid: true}
	case timestamp.NegativeInfinity:
		return pgtype.Timestamptz{InfinityModifier: pgtype.NegativeInfinity, Valid: true}
	default:
		return pgtype.Timestamptz{Time: at.Exact(), Valid: true}
	}
}

func (w walk) followers(keys []model.ConnectionKey) []int64 {
	return column(keys, func(key model.ConnectionKey) int64 {
		return start(w, key, key.Page.Cursor.At, math.MinInt64, math.MaxInt64)
	})
}

func (w walk) names(keys []model.ConnectionKey) []string {
	return column(keys, func(key model.ConnectionKey) string {
		return start(w, key, key.Page.Cursor.Text, "", lastName)
	})
}

func (w walk) ids(keys []model.ConnectionKey) []int64 {
	return column(keys, func(key model.ConnectionKey) int64 {
		return start(w, key, key.Page.Cursor.ID, math.MinInt64, math.MaxInt64)
	})
}

func limits(keys []model.ConnectionKey) []int32 {
	return column(keys, func(key model.ConnectionKey) int32 { return int32(key.Page.Fetch()) })
}
