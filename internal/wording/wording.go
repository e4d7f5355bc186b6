// Package wording formats numbers and durations for people.
package wording

import (
	"fmt"
	"strings"
	"time"
)

// Count returns a number with its noun, such as 1 row or 2 rows. The noun is in the singular and forms its plural with
// s.
func Count[N int | int64 | uint64](n N, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// Duration returns a duration in words, with its two largest units of hours, minutes and seconds, such as 30 minutes or
// 1 hour 5 minutes. It rounds up to whole seconds.
func Duration(d time.Duration) string {
	seconds := int64((d + time.Second - 1) / time.Second)
	var words []string
	for _, unit := range []struct {
		seconds int64
		noun    string
	}{{3600, "hour"}, {60, "minute"}, {1, "second"}} {
		if n := seconds / unit.seconds; n > 0 && len(words) < 2 {
			words = append(words, Count(n, unit.noun))
			seconds -= n * unit.seconds
		} else if len(words) > 0 {
			break // a smaller unit after a gap is not useful
		}
	}
	if words == nil {
		return Count(0, "second")
	}
	return strings.Join(words, " ")
}

// Flag returns a duration in the short form of a flag, such as 30m instead of Go's 30m0s.
func Flag(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
