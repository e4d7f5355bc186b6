// Package wording writes numbers and durations as people read them.
package wording

import (
	"fmt"
	"strings"
	"time"
)

// Count returns a number with its noun: 1 row, 2 rows. The noun is given in the singular and takes an s.
func Count[N int | int64 | uint64](n N, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// Duration returns a duration in words, to its two largest units of hours, minutes and seconds: 30 minutes, 1 hour 5
// minutes. It is rounded up to whole seconds.
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
			break // a smaller unit behind a gap says nothing
		}
	}
	if words == nil {
		return Count(0, "second")
	}
	return strings.Join(words, " ")
}

// Flag returns a duration as one writes it for a flag: 30m, where Go's String has 30m0s.
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
