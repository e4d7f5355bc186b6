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

// cpu is what a request that was answered took of the machine.
func (p OverloadPhase) cpu() time.Duration { return p.ServerCPU + p.PostgresCPU + p.ClientCPU }

// Overload is a server's rounds. The phases of each are the same ones, and the first is the load that the server can do.
type Overload struct {
	Server string
	Rounds [][]OverloadPhase
}

// WriteOverloads writes a table for each server. Of the two ratios to the first phase the second one is what the rates'
// would be if all phases had the same processors to themselves: what else the machine does moves the first more.
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
