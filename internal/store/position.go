package store

import (
	"math"
	"strings"
	"time"

	"followgraph/internal/model"
)

// The positions of keys without a cursor lie beyond every row, at the end that the walk starts from, so that one
// statement serves keys with and without one.
var (
	firstTime = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	lastTime  = time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC)
	lastName  = strings.Repeat("\U0010FFFF", 16) // no name sorts behind it bytewise
)

// column is one parameter of a statement: an array with an element for each key.
func column[T any](keys []model.ConnectionKey, of func(model.ConnectionKey) T) []T {
	values := make([]T, len(keys))
	for i, key := range keys {
		values[i] = of(key)
	}
	return values
}

// start is the part of a position that a key has: its cursor's, or the end that the walk starts from.
func start[T any](w walk, key model.ConnectionKey, cursor, first, last T) T {
	switch {
	case key.Page.Bounded:
		return cursor
	case w.direction() == ascending:
		return first
	default:
		return last
	}
}

func (w walk) times(keys []model.ConnectionKey) []time.Time {
	return column(keys, func(key model.ConnectionKey) time.Time {
		return start(w, key, key.Page.Cursor.Time(), firstTime, lastTime)
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
