package report

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// OverloadPhase is a server's result under one load.
type OverloadPhase struct {
	Name       string
	Rate, Shed float64 // requests per second that were answered, and that were refused
	P50, P99   time.Duration

	// CPU time per answered request, including refusals.
	ServerCPU, PostgresCPU, ClientCPU time.Duration

	Before, Resident, Peak int64 // memory of the server in bytes: at the beginning, at the end, and the peak so far
}

// cpu returns the CPU time of all processes per answered request.
func (p OverloadPhase) cpu() time.Duration { return p.ServerCPU + p.PostgresCPU + p.ClientCPU }

// Overload contains the rounds of a server. All rounds have the same phases. The first phase is the maximum load that
// the server can handle.
type Overload struct {
	Server string
	Rounds [][]OverloadPhase
}

// WriteOverloads writes a table for each server. It has two ratios to the first phase. The first compares the rates.
// The second compares CPU times, which estimates the ratio of the rates on a machine without other load.
func WriteOverloads(w io.Writer, overloads []Overload) error {
	var b strings.Builder
	for _, o := range overloads {
		fmt.Fprintf(&b, "### %s\n\n", o.Server)
		rows := [][]string{{
			"load", "answered/s", "to the first", "by CPU", "shed/s", "p50 ms", "p99 ms", "server CPU ms", "PostgreSQL CPU ms", "load CPU ms",
			"MiB at first", "MiB in the end", "peak MiB",
		}}
		for i := range o.Rounds[0] {
			phases := make([]OverloadPhase, len(o.Rounds))
			rates, byCPU := make([]float64, len(o.Rounds)), make([]float64, len(o.Rounds))
			for j, round := range o.Rounds {
				phases[j], rates[j] = round[i], round[i].Rate/round[0].Rate
				byCPU[j] = float64(round[0].cpu()) / float64(round[i].cpu())
			}
			rows = append(rows, []string{
				phases[0].Name,
				number(median(phases, func(p OverloadPhase) float64 { return p.Rate })),
				number(median(rates, func(ratio float64) float64 { return ratio })),
				number(median(byCPU, func(ratio float64) float64 { return ratio })),
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
