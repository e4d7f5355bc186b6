package ingest

import (
	"strconv"
	"strings"
	"time"
)

// Times outside these bounds are mistakes, such as milliseconds given as seconds. The API writes times as RFC 3339,
// whose years have four digits.
var (
	earliest = time.Time{}                                  // exclusive: a record with the zero time has no time
	latest   = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) // exclusive
)

// timeParser parses the times of a column, and counts missing times and times without a zone for the report. It drops
// digits beyond the microsecond, which is PostgreSQL's resolution.
type timeParser struct {
	epoch       bool  // the column holds seconds since 1970
	withoutZone int64 // times without a time zone
	empty       int64 // rows without a time
}

// parse returns the time of a field. It returns the zero time for an empty field or a null marker. The import replaces
// the zero time by the time of the import, as in a file without a time column.
func (p *timeParser) parse(field []byte) (time.Time, *fault) {
	field = clean(field)
	value := string(field)
	if len(field) == 0 || isNull(field) {
		p.empty++
		return time.Time{}, nil
	}
	var moment time.Time
	var cause Cause
	if p.epoch {
		moment, cause = parseEpoch(value)
	} else {
		moment, cause = p.parseTimestamp(value)
	}
	if cause != "" {
		return time.Time{}, &fault{cause, value}
	}
	return moment, nil
}

// parseTimestamp parses RFC 3339 and the variants that databases and languages write: a blank or t before the hours, no
// seconds, a comma before fractions, a zone of hours only, a zone after a blank or in lower case, no zone (taken for
// UTC), and a date only.
func (p *timeParser) parseTimestamp(s string) (time.Time, Cause) {
	if moment, err := time.Parse(time.RFC3339, s); err == nil {
		return inRange(moment.UTC().Truncate(time.Microsecond))
	}
	switch strings.ToLower(strings.TrimLeft(s, "+-")) {
	case "infinity", "inf":
		return time.Time{}, TimeOutOfRange
	}
	year := strings.IndexByte(s, '-')
	if year > 4 && allDigits(s[:year]) || year >= 4 && strings.HasSuffix(s, " BC") {
		return time.Time{}, TimeOutOfRange
	}
	const date = len("2006-01-02")
	if len(s) < date {
		return time.Time{}, UnreadableTime
	}
	clock, offset, hasZone, ok := splitZone(s[date:])
	if !ok {
		return time.Time{}, UnreadableTime
	}
	if len(clock) == len("15:04") {
		clock += ":00"
	}
	moment, err := time.Parse(time.RFC3339, s[:date]+"T"+clock+"Z")
	if err != nil {
		return time.Time{}, UnreadableTime
	}
	if !hasZone {
		p.withoutZone++
	}
	return inRange(moment.Add(-offset).Truncate(time.Microsecond))
}

// splitZone splits the part after the date into the clock and the offset from UTC.
func splitZone(s string) (clock string, offset time.Duration, hasZone, ok bool) {
	if s == "" {
		return "00:00:00", 0, false, true
	}
	if !strings.ContainsRune("Tt ", rune(s[0])) {
		return "", 0, false, false
	}
	s = strings.TrimLeft(s[1:], " ")
	at := strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune("0123456789:.,", r) })
	if at < 0 {
		return s, 0, false, true
	}
	clock, zone := s[:at], strings.TrimLeft(s[at:], " ")
	switch zone {
	case "Z", "z", "UTC", "GMT", "utc":
		return clock, 0, true, true
	case "":
		return clock, 0, false, true
	}
	offset, ok = parseOffset(zone)
	return clock, offset, true, ok
}

// parseOffset parses +02, +0200, +02:00 and +00:53:28. Offsets with seconds are local mean times from before time
// zones.
func parseOffset(zone string) (time.Duration, bool) {
	sign := time.Duration(1)
	switch zone[0] {
	case '-':
		sign = -1
	case '+':
	default:
		return 0, false
	}
	digits := zone[1:]
	if strings.ContainsRune(digits, ':') {
		parts := strings.Split(digits, ":")
		for _, part := range parts {
			if len(part) != 2 {
				return 0, false
			}
		}
		digits = strings.Join(parts, "")
	}
	if n := len(digits); !allDigits(digits) || n != 2 && n != 4 && n != 6 {
		return 0, false
	}
	digits = (digits + "0000")[:6]
	hours, _ := strconv.Atoi(digits[:2])
	minutes, _ := strconv.Atoi(digits[2:4])
	seconds, _ := strconv.Atoi(digits[4:])
	if hours > 23 || minutes > 59 || seconds > 59 {
		return 0, false
	}
	return sign * (time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute + time.Duration(seconds)*time.Second), true
}

// parseEpoch parses decimal seconds since 1970. It does not parse a float, because a float would round the
// microseconds.
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
