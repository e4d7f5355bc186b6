// Package timestamp holds PostgreSQL's times as they are, and shows them as answers can.
package timestamp

import (
	"math"
	"time"
)

// Timestamp is a timestamptz as PostgreSQL keeps it: microseconds since 2000. Rows of other services have times that no
// answer can hold, infinity and years of five digits. Lists are in the order of these, so positions in them are exact.
type Timestamp int64

// The ends of all times (PostgreSQL, datatype/timestamp.h: DT_NOEND and DT_NOBEGIN).
const (
	Infinity         Timestamp = math.MaxInt64
	NegativeInfinity Timestamp = math.MinInt64
)

// The finite times: from 4714 BC on, and before 294277 (MIN_TIMESTAMP and END_TIMESTAMP).
const (
	least Timestamp = -211_813_488_000_000_000
	end   Timestamp = 9_223_371_331_200_000_000
)

// epoch is PostgreSQL's: 2000-01-01, in microseconds since 1970.
const epoch = 946_684_800_000_000

// Earliest and Latest are the first and the last time that an answer can hold: RFC 3339 has years of four digits, and Go's
// zero time stands for none.
var (
	Earliest = time.Date(1, 1, 1, 0, 0, 0, 1000, time.UTC)
	Latest   = time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)
)

// FromUnixMicro is the inverse of UnixMicro.
func FromUnixMicro(micros int64) Timestamp { return Timestamp(micros - epoch) }

// UnixMicro returns the time in microseconds since 1970. What int64 does not hold then, such as infinity, wraps around:
// the numbers still differ, and their order means nothing.
func (t Timestamp) UnixMicro() int64 { return int64(t) + epoch }

// Valid reports whether PostgreSQL has such a time.
func (t Timestamp) Valid() bool {
	return least <= t && t < end || t == Infinity || t == NegativeInfinity
}

// Time returns the time as answers show it: the nearest one from Earliest to Latest, in UTC.
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

// Exact returns the time itself, in UTC. For infinity, which Go's times do not have, it is one beyond all finite ones.
func (t Timestamp) Exact() time.Time {
	const second = 1_000_000
	return time.Unix(int64(t/second)+epoch/second, int64(t%second)*1000).UTC()
}
