package dataset

import (
	"cmp"
	"math"
	"slices"
)

// Numbers of followers have a Pareto distribution above a floor (a Lomax distribution). The exponent of the tail is
// typical for social graphs. The floor is a fraction of the mean. It is chosen so that a user with 20 followers, 10 of
// each one's and 5 of each of those are about 1,120 of the possible 1,221 users: with a mean of 20 the floor is 17, so
// that most lists fill their page. A Pareto distribution from 8 on, with the same mean, would result in 800.
const (
	tailExponent = 5.0 / 3
	floorOfMean  = 0.85
)

// degrees returns the number of followers of every user in descending order. The sum is the number of follows.
func degrees(p Parameters) []int {
	counts := make([]int, p.Users)
	counts[0] = p.Most()
	rest, others := p.Follows-counts[0], p.Users-1
	mean := float64(rest) / float64(others)
	floor := floorOfMean * float64(p.Follows) / float64(p.Users)
	scale := (mean - floor) * (tailExponent - 1)
	limit := max(1, counts[0]/2-1)

	sum := 0
	for i := 1; i <= others; i++ {
		above := (float64(i) - 0.5) / float64(others) // fraction of the users that have more
		count := floor + scale*(math.Pow(above, -1/tailExponent)-1)
		counts[i] = min(int(count+0.5), limit)
		sum += counts[i]
	}
	// Distribute the remainder of rounding and of the truncated tail: one more or less for each user in turn.
	for i := others; sum < rest; i-- {
		if i == 0 {
			i = others
		}
		if counts[i] < limit {
			counts[i]++
			sum++
		}
	}
	for i := 1; sum > rest; i = i%others + 1 {
		if counts[i] > 1 {
			counts[i]--
			sum--
		}
	}
	slices.SortFunc(counts, func(a, b int) int { return cmp.Compare(b, a) })
	return counts
}
