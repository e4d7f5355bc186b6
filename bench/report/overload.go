package report

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// OverloadPhase is what a server did of one load.
type OverloadPhase struct {
	Name       string
	Rate, Shed float64 // requests in a second that were answered, and that were refused
	P50, P99   time.Duration

	// The CPU time that was taken for each request that was answered, refusals included.
	ServerCPU, PostgresCPU, ClientCPU time.Duration

	Before, Resident, Peak int64 // the server's memory in bytes: when counting began, at the phase's end, and the most so far
}

// Overload is a server's rounds. The phases of each are the same ones, and the first is the load that the server can do.
type Overload struct {
	Server string
	Rounds [][]OverloadPhase
}

// WriteOverloads writes a table for each server.
func WriteOverloads(w io.Writer, overloads []Overload) error {
	var b strings.Builder
	for _, o := range overloads {
		fmt.Fprintf(&b, "### %s\n\n", o.Server)
		rows := [][]string{{
			"load", "answered/s", "to the first", "shed/s", "p50 ms", "p99 ms", "server CPU ms", "PostgreSQL CPU ms", "load CPU ms",
			"MiB at first", "MiB in the end", "peak MiB",
		}}
		for i := range o.Rounds[0] {
			phases, ratios := make([]OverloadPhase, len(o.Rounds)), make([]float64, len(o.Rounds))
			for j, round := range o.Rounds {
				phases[j], ratios[j] = round[i], round[i].Rate/round[0].Rate
			}
			rows = append(rows, []string{
				phases[0].Name,
				number(median(phases, func(p OverloadPhase) float64 { return p.Rate })),
				number(median(ratios, func(ratio float64) float64 { return ratio })),
				number(median(phases, func(p OverloadPhase) float64 { return p.Shed })),
				milliseconds(median(phases, func(p OverloadPhase) time.Duration { return p.P50 })),
				milliseconds(median(phases, func(p OverloadPhase) time.Duration { return p.P99 })),
				milliseconds(median(phases, func(p OverloadPhase) time.Duration { return p.ServerCPU })),
				milliseconds(median(phases, func(p OverloadPhase) time.Duration { return p.PostgresCPU })),
				milliseconds(median(phases, func(p OverloadPhase) time.Duration { return p.ClientCPU })),
				mebibytes(median(phases, func(p OverloadPhase) int64 { return p.Before })),
				mebibytes(median(phases, func(p OverloadPhase) int64 { return p.Resident })),
				mebibytes(median(phases, func(p OverloadPhase) int64 { return p.Peak })),
			})
		}
		writeTable(&b, rows)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
