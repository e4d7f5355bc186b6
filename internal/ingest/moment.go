package ingest

import (
	"strconv"
	"strings"
	"time"
)

// Times outside these years are taken for mistakes (milliseconds given as seconds, for one): the API
// shows times as RFC 3339, whose years have four digits.
var (
	earliest = time.Time{}                                  // the beginning of the year 1, exclusive: a record's zero time stands for none
	latest   = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) // exclusive
)

// parseMoment reads a time in the form that its column has. Digits beyond the microsecond, the
// resolution of PostgreSQL, are dropped.
type parseMoment func(string) (time.Time, Cause)

func parseRFC3339(s string) (time.Time, Cause) {
	moment, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, UnreadableTime
	}
	return inRange(moment.UTC().Truncate(time.Microsecond))
}

// parseEpoch reads decimal seconds since 1970 without a float between, which would round the
// microseconds of today's times.
func parseEpoch(s string) (time.Time, Cause) {
	digits, negative := strings.CutPrefix(s, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	if !allDigits(whole) || point && !allDigits(fraction) {
		return time.Time{}, UnreadableTime
	}
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || seconds > latest.Unix() {
		return time.Time{}, TimeOutOfRange
	}
	micros, _ := strconv.ParseInt((fraction + "000000")[:6], 10, 64)
	if negative {
		seconds, micros = -seconds, -micros
	}
	return inRange(time.Unix(seconds, micros*1000).UTC())
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func inRange(moment time.Time) (time.Time, Cause) {
	if !moment.After(earliest) || !moment.Before(latest) {
		return time.Time{}, TimeOutOfRange
	}
	return moment, ""
}
