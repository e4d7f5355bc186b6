package limit

import "time"

// Rate allows AtOnce events in a burst, and one more after each interval Every. Both are positive.
//
// It implements the generic cell rate algorithm. The state of a bucket is one level: the time, since the start, at
// which the bucket is empty again. Each event adds one interval to the level.
type Rate struct {
	AtOnce int
	Every  time.Duration
}

// times returns a rate n times as high.
func (r Rate) times(n int) Rate {
	return Rate{AtOnce: r.AtOnce * n, Every: max(1, r.Every/time.Duration(n))}
}

// or returns r with the fields of defaults for those that are 0.
func (r Rate) or(defaults Rate) Rate {
	if r.AtOnce == 0 {
		r.AtOnce = defaults.AtOnce
	}
	if r.Every == 0 {
		r.Every = defaults.Every
	}
	return r
}

// wait returns how long it takes until a bucket has room for n events, at most 0 if it has room now.
func (r Rate) wait(level, now time.Duration, n int) time.Duration {
	return r.add(level, now, n) - now - time.Duration(r.AtOnce)*r.Every
}

// add returns the level after n events.
func (r Rate) add(level, now time.Duration, n int) time.Duration {
	return max(level, now) + time.Duration(n)*r.Every
}

// used returns how many events a bucket contains. An event that has left it in part still counts.
func (r Rate) used(level, now time.Duration) int {
	return int((max(level, now) - now + r.Every - 1) / r.Every)
}
