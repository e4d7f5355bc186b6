// Package timestamp represents PostgreSQL's times without loss, and converts them to times that answers can show.
package timestamp

import (
	"math"
	"time"
)

// Timestamp is a timestamptz as PostgreSQL stores it: microseconds since 2000. Rows of other services contain times
// that answers cannot show: infinity, and years of five digits. Lists are ordered by Timestamp, so positions in them
// are exact.
type Timestamp int64

// The infinite times (PostgreSQL, datatype/timestamp.h: DT_NOEND and DT_NOBEGIN).
const (
	Infinity         Timestamp = math.MaxInt64
	NegativeInfinity Timestamp = math.MinInt64
)

// The range of finite times: from 4714 BC to before 294277 (MIN_TIMESTAMP and END_TIMESTAMP).
const (
	least Timestamp = -211_813_488_000_000_000
	end   Timestamp = 9_223_371_331_200_000_000
)

// epoch is PostgreSQL's epoch, 2000-01-01, in microseconds since 1970.
const epoch = 946_684_800_000_000

// Earliest and Latest are the first and last times that an answer can show. Years in RFC 3339 have four digits, and
// Go's zero time means that there is no time.
var (
	Earliest = time.Date(1, 1, 1, 0, 0, 0, 1000, time.UTC)
	Latest   = time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)
)

// FromUnixMicro is the inverse of UnixMicro.
func FromUnixMicro(micros int64) Timestamp { return Timestamp(micros - epoch) }

// UnixMicro returns the time in microseconds since 1970. Times out of range, such as infinity, wrap around: the numbers
// stay distinct, but their order has no meaning.
func (t Timestamp) UnixMicro() int64 { return int64(t) + epoch }

// Valid reports whether PostgreSQL has this time.
func (t Timestamp) Valid() bool {
	return least <= t && t < end || t == Infinity || t == NegativeInfinity
}

// Time returns the time as answers show it: the nearest one between Earliest and Latest, in UTC.
func (t Timestamp) Time() time.Time {
	switch at := t.Exact(); {
	case at.Before(Earliest):
		return Earliest
	case at.After(Latest):
		return Latest
	default:
		return at
	}
}

// Exact returns the exact time in UTC. Go has no infinity: the result is then beyond all finite times.
func (t Timestamp) Exact() time.Time {
	const second = 1_000_000
	return time.Unix(int64(t/second)+epoch/second, int64(t%second)*1000).UTC()
}
