package report

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// FloodSample is one run of reads while others sign in.
type FloodSample struct {
	Rate     float64 // reads in a second
	P50, P99 time.Duration

	SignedIn, Wrong, Refused float64 // sign-ins in a second: done, with a wrong password, and refused as too many
}

// Situation is runs under the same flood.
type Situation struct {
	Name    string
	Samples []FloodSample // one for each round
}

// Flood is a server's runs in all situations. The first is the one without a flood.
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

// slowdowns are the rounds' ratios of p99, of runs that lie close together.
func slowdowns(s, idle Situation) []float64 {
	var ratios []float64
	for i := range min(len(s.Samples), len(idle.Samples)) {
		if idle.Samples[i].P99 > 0 {
			ratios = append(ratios, float64(s.Samples[i].P99)/float64(idle.Samples[i].P99))
		}
	}
	return ratios
}
