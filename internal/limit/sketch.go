package limit

import (
	"math"
	"time"
)

// sketch stores the levels of any number of buckets in 2 MiB (a count-min sketch). Each of its rows is indexed by 16
// other bits of a bucket's key. The lowest of a bucket's levels counts.
type sketch struct{ rows *[4][1 << 16]time.Duration }

func newSketch() sketch { return sketch{new([4][1 << 16]time.Duration)} }

// level returns the level of a bucket, which is never too low. It is too high if other buckets share all its cells.
func (s *sketch) level(key uint64) time.Duration {
	lowest := time.Duration(math.MaxInt64)
	for row := range s.rows {
		lowest = min(lowest, *s.cell(row, key))
	}
	return lowest
}

func (s *sketch) add(key uint64, now time.Duration, rate Rate) {
	for row := range s.rows {
		cell := s.cell(row, key)
		*cell = rate.add(*cell, now, 1)
	}
}

// refund takes one event back. It lowers every cell, as add raised every cell: to lower only the lowest one would take
// events from buckets that share it.
func (s *sketch) refund(key uint64, rate Rate) {
	for row := range s.rows {
		*s.cell(row, key) -= rate.Every
	}
}

func (s *sketch) cell(row int, key uint64) *time.Duration {
	return &s.rows[row][uint16(key>>(16*row))]
}

// addEvents adds several events, or takes them back if n is negative.
func (s *sketch) addEvents(key uint64, now time.Duration, rate Rate, n int) {
	for row := range s.rows {
		cell := s.cell(row, key)
		if n < 0 {
			*cell += time.Duration(n) * rate.Every
			continue
		}
		*cell = rate.add(*cell, now, n)
	}
}

// charge is an event in one bucket of a sketch.
type charge struct {
	of     *sketch
	key    uint64
	rate   Rate
	bucket bucket
}

// longestWait returns how long it takes until all buckets have room for an event, at most 0 if they have room now.
func longestWait(charges []charge, now time.Duration) time.Duration {
	longest := time.Duration(math.MinInt64)
	for _, c := range charges {
		longest = max(longest, c.rate.wait(c.of.level(c.key), now, 1))
	}
	return longest
}

func add(charges []charge, now time.Duration) {
	for _, c := range charges {
		c.of.add(c.key, now, c.rate)
	}
}

func refund(charges []charge) {
	for _, c := range charges {
		c.of.refund(c.key, c.rate)
	}
}
