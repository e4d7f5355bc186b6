package report

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// FloodSample is one run of reads during sign-ins.
type FloodSample struct {
	Rate     float64 // reads per second
	P50, P99 time.Duration

	SignedIn, Wrong, Refused float64 // sign-ins per second: successful, with a wrong password, and refused by the rate limit
}

// Situation is a list of runs under the same flood.
type Situation struct {
	Name    string
	Samples []FloodSample // one for each round
}

// Flood contains the runs of a server in all situations. The first has no flood.
type Flood struct {
	Server     string
	Situations []Situation
}

// WriteFloods writes a table for each server.
func WriteFloods(w io.Writer, floods []Flood) error {
	var b strings.Builder
	for _, f := range floods {
		fmt.Fprintf(&b, "### %s\n\n", f.Server)
		rows := [][]string{{
			"situation", "reads/s", "p50 ms", "p99 ms", "p99 ratio", "signed in/s", "wrong password/s", "refused/s",
		}}
		for _, s := range f.Situations {
			rows = append(rows, []string{
				s.Name,
				number(median(s.Samples, func(s FloodSample) float64 { return s.Rate })),
				milliseconds(median(s.Samples, func(s FloodSample) time.Duration { return s.P50 })),
				milliseconds(median(s.Samples, func(s FloodSample) time.Duration { return s.P99 })),
				number(median(slowdowns(s, f.Situations[0]), func(ratio float64) float64 { return ratio })),
				number(median(s.Samples, func(s FloodSample) float64 { return s.SignedIn })),
				number(median(s.Samples, func(s FloodSample) float64 { return s.Wrong })),
				number(median(s.Samples, func(s FloodSample) float64 { return s.Refused })),
			})
		}
		writeTable(&b, rows)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// slowdowns returns the ratio of p99 for each round, whose runs follow each other closely.
func slowdowns(s, idle Situation) []float64 {
	var ratios []float64
	for i := range min(len(s.Samples), len(idle.Samples)) {
		if idle.Samples[i].P99 > 0 {
			ratios = append(ratios, float64(s.Samples[i].P99)/float64(idle.Samples[i].P99))
		}
	}
	return ratios
}
