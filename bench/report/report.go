// Package report writes measurements as Markdown tables and a plot.
package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Sample is one run of one server under one shape of load.
type Sample struct {
	Rate     float64 // requests per second
	P50, P99 time.Duration

	// Mean CPU time per request.
	ServerCPU, PostgresCPU, ClientCPU time.Duration

	Resident, Peak int64 // memory of the server in bytes, at the end of the run
}

// Row contains the runs of a server under one shape.
type Row struct {
	Server     string
	Statements float64  // mean number of SQL statements per request
	Samples    []Sample // one for each round
}

// Table contains all servers under one shape.
type Table struct {
	Name, Title string
	Rows        []Row
}

// median returns the median of the samples' values, or 0 without samples.
func median[S any, T cmp.Ordered](samples []S, value func(S) T) T {
	var zero T
	values := make([]T, len(samples))
	for i, s := range samples {
		values[i] = value(s)
	}
	if len(values) == 0 {
		return zero
	}
	slices.Sort(values)
	return values[(len(values)-1)/2] // a measured value: the lower of two in the middle
}

func rate(s Sample) float64 { return s.Rate }

// ratio returns the median of the rounds' ratios. The two runs of a round follow each other closely, so that other load
// on the machine affects both.
func ratio(samples, reference []Sample) (float64, bool) {
	var ratios []float64
	for i := range min(len(samples), len(reference)) {
		if reference[i].Rate > 0 {
			ratios = append(ratios, samples[i].Rate/reference[i].Rate)
		}
	}
	if len(ratios) == 0 {
		return 0, false
	}
	slices.Sort(ratios)
	return ratios[(len(ratios)-1)/2], true
}

// Write writes the tables: first the ratios of the rates to the reference's, then a table for each shape.
func Write(w io.Writer, tables []Table, reference string) error {
	var b strings.Builder
	writeRatios(&b, tables, reference)
	for _, t := range tables {
		fmt.Fprintf(&b, "\n### %s: %s\n\n", t.Name, t.Title)
		rows := [][]string{{
			"server", "req/s", "p50 ms", "p99 ms", "server CPU ms", "PostgreSQL CPU ms", "load CPU ms", "resident MiB",
			"peak MiB", "statements",
		}}
		for _, r := range t.Rows {
			rows = append(rows, []string{
				r.Server,
				number(median(r.Samples, rate)),
				milliseconds(median(r.Samples, func(s Sample) time.Duration { return s.P50 })),
				milliseconds(median(r.Samples, func(s Sample) time.Duration { return s.P99 })),
				milliseconds(median(r.Samples, func(s Sample) time.Duration { return s.ServerCPU })),
				milliseconds(median(r.Samples, func(s Sample) time.Duration { return s.PostgresCPU })),
				milliseconds(median(r.Samples, func(s Sample) time.Duration { return s.ClientCPU })),
				mebibytes(median(r.Samples, func(s Sample) int64 { return s.Resident })),
				mebibytes(median(r.Samples, func(s Sample) int64 { return s.Peak })),
				strings.TrimSuffix(strconv.FormatFloat(r.Statements, 'f', 1, 64), ".0"),
			})
		}
		writeTable(&b, rows)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeRatios writes a row for each server and a column for each shape. The servers are in the order of the longest
// table.
func writeRatios(b *strings.Builder, tables []Table, reference string) {
	head := []string{"req/s as a ratio to " + reference}
	for _, t := range tables {
		head = append(head, t.Name)
	}
	var servers []string
	longestFirst := slices.SortedStableFunc(slices.Values(tables), func(a, b Table) int { return len(b.Rows) - len(a.Rows) })
	for _, t := range longestFirst {
		for _, r := range t.Rows {
			if !slices.Contains(servers, r.Server) {
				servers = append(servers, r.Server)
			}
		}
	}
	rows := [][]string{head}
	for _, server := range servers {
		row := []string{server}
		for _, t := range tables {
			cell := "–"
			if r, ok := ratio(t.samples(server), t.samples(reference)); ok {
				cell = strconv.FormatFloat(r, 'f', 2, 64)
			}
			row = append(row, cell)
		}
		rows = append(rows, row)
	}
	writeTable(b, rows)
}

func (t Table) samples(server string) []Sample {
	for _, r := range t.Rows {
		if r.Server == server {
			return r.Samples
		}
	}
	return nil
}

// writeTable writes a Markdown table with the first column aligned left and numbers aligned right. It pads the cells,
// so that the source is readable too.
func writeTable(b *strings.Builder, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	for i, row := range rows {
		for j, cell := range row {
			pad := strings.Repeat(" ", widths[j]-len([]rune(cell)))
			if j == 0 {
				cell += pad
			} else {
				cell = pad + cell
			}
			b.WriteString("| " + cell + " ")
		}
		b.WriteString("|\n")
		if i > 0 {
			continue
		}
		for j, width := range widths {
			if j == 0 {
				b.WriteString("|" + strings.Repeat("-", width+2))
			} else {
				b.WriteString("|" + strings.Repeat("-", width+1) + ":")
			}
		}
		b.WriteString("|\n")
	}
}

// number formats a number with at least three digits, and with no more decimal places than that takes.
func number(x float64) string {
	switch {
	case x >= 100:
		return strconv.FormatFloat(x, 'f', 0, 64)
	case x >= 10:
		return strconv.FormatFloat(x, 'f', 1, 64)
	default:
		return strconv.FormatFloat(x, 'f', 2, 64)
	}
}

func milliseconds(d time.Duration) string { return number(float64(d) / float64(time.Millisecond)) }

func mebibytes(bytes int64) string { return strconv.FormatInt((bytes+1<<19)>>20, 10) }
