package report

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Series contains the runs of one server under one shape, on datasets of growing size.
type Series struct {
	Shape, Server string
	Points        []Point // by size, smallest first
}

// Point contains the runs on one dataset.
type Point struct {
	Users   int
	Samples []Sample // one for each round
}

// cost returns the time per request on the saturated machine, as a multiple of the time with the smallest dataset.
func (s Series) cost(i int) (float64, bool) {
	return ratio(s.Points[0].Samples, s.Points[i].Samples)
}

// WriteGrowth writes one table with a row for each series and size, including the ratio of the rate to the reference's.
func WriteGrowth(w io.Writer, series []Series, reference string) error {
	rows := [][]string{{
		"shape and server", "users", "req/s", "p50 ms", "p99 ms", "server CPU ms", "PostgreSQL CPU ms", "cost",
		"to " + reference,
	}}
	for _, s := range series {
		for i, p := range s.Points {
			cost, compared := "–", "–"
			if c, ok := s.cost(i); ok {
				cost = strconv.FormatFloat(c, 'f', 2, 64)
			}
			at := slices.IndexFunc(series, func(other Series) bool { return other.Shape == s.Shape && other.Server == reference })
			if at >= 0 {
				if r, ok := ratio(p.Samples, series[at].Points[i].Samples); ok {
					compared = strconv.FormatFloat(r, 'f', 2, 64)
				}
			}
			rows = append(rows, []string{
				s.Shape + " " + s.Server,
				grouped(p.Users),
				number(median(p.Samples, rate)),
				milliseconds(median(p.Samples, func(s Sample) time.Duration { return s.P50 })),
				milliseconds(median(p.Samples, func(s Sample) time.Duration { return s.P99 })),
				milliseconds(median(p.Samples, func(s Sample) time.Duration { return s.ServerCPU })),
				milliseconds(median(p.Samples, func(s Sample) time.Duration { return s.PostgresCPU })),
				cost,
				compared,
			})
		}
	}
	var b strings.Builder
	writeTable(&b, rows)
	b.WriteString("\nCost is the time per request on the saturated machine, as a multiple of the time with the fewest users;\n" +
		"the last column is the ratio of req/s to " + reference + " with as many users.\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// grouped formats a number with commas between thousands.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	var groups []string
	for len(digits) > 3 {
		groups = append(groups, digits[len(digits)-3:])
		digits = digits[:len(digits)-3]
	}
	groups = append(groups, digits)
	slices.Reverse(groups)
	return strings.Join(groups, ",")
}

// costs returns the costs of the series and the highest cost.
func costs(series []Series) ([][]float64, float64, error) {
	all, highest := make([][]float64, len(series)), 1.0
	for i, s := range series {
		for j := range s.Points {
			c, ok := s.cost(j)
			if !ok {
				return nil, 0, fmt.Errorf("%s %s with %d users: nothing was measured", s.Shape, s.Server, s.Points[j].Users)
			}
			all[i] = append(all[i], c)
			highest = max(highest, c)
		}
	}
	return all, highest, nil
}
