package app

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/ingest"
	"followgraph/internal/store"
)

// manualClock is a clock that a test advances.
type manualClock struct{ now time.Time }

func (c *manualClock) advance(d time.Duration) { c.now = c.now.Add(d) }

func newTestDisplay(terminal bool) (*progressDisplay, *manualClock, *bytes.Buffer) {
	out, c := new(bytes.Buffer), &manualClock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	display := newProgressDisplay(out)
	display.terminal = terminal
	display.now = func() time.Time { return c.now }
	return display, c, out
}

func TestProgressLines(t *testing.T) {
	t.Parallel()
	d, clock, out := newTestDisplay(false)
	read := func(rows, size int64) {
		d.update(ingest.Progress{Phase: ingest.PhaseRead, Rows: rows, Bytes: size, TotalBytes: 1000})
	}
	read(0, 0)
	clock.advance(4 * time.Second)
	read(400, 100) // too early for a line
	clock.advance(time.Second)
	read(500, 250)
	read(501, 251)
	clock.advance(5 * time.Second)
	read(3000, 1000)
	for rows := range int64(3) {
		d.update(ingest.Progress{Phase: store.PhaseMerge, Rows: rows * 1500, TotalRows: 3000})
		clock.advance(5 * time.Second)
	}
	d.update(ingest.Progress{Phase: store.PhaseVacuum})
	clock.advance(time.Second)
	d.close()
	d.close()

	require.Equal(t, []string{
		"reading: 500 rows, 25%, 100 rows/s, 15s left",
		"reading: 3000 rows, 100%, 300 rows/s",
		"reading: 3000 rows in 10s, 300 rows/s",
		"merging: 1500 rows, 50%, 300 rows/s, 5s left",
		"merging: 3000 rows, 100%, 300 rows/s",
		"merging: 3000 rows in 15s, 200 rows/s",
		"vacuuming",
	}, strings.Split(strings.TrimSpace(out.String()), "\n"))
}

// TestProgressLinesWithoutTotal reads standard input, whose size is unknown. The lines have no share and no time left.
func TestProgressLinesWithoutTotal(t *testing.T) {
	t.Parallel()
	d, clock, out := newTestDisplay(false)
	d.update(ingest.Progress{Phase: ingest.PhaseRead})
	clock.advance(5 * time.Second)
	d.update(ingest.Progress{Phase: ingest.PhaseRead, Rows: 500, Bytes: 9})
	d.close()
	require.Equal(t, "reading: 500 rows, 100 rows/s\nreading: 500 rows in 5s, 100 rows/s\n", out.String())
}

func TestProgressBar(t *testing.T) {
	t.Parallel()
	d, clock, out := newTestDisplay(true)
	d.update(ingest.Progress{Phase: ingest.PhaseRead, TotalBytes: 1000})
	d.update(ingest.Progress{Phase: ingest.PhaseRead, Rows: 7, Bytes: 1000, TotalBytes: 1000})
	clock.advance(time.Second)
	d.update(ingest.Progress{Phase: store.PhaseMerge, Rows: 10, TotalRows: 10})
	d.update(ingest.Progress{Phase: store.PhaseVacuum})
	d.close()
	text := out.String()
	require.Contains(t, text, "reading 7 rows")
	require.Contains(t, text, "100%")
	require.Contains(t, text, "\r", "a bar is redrawn in place")
	require.Contains(t, text, "merging")
	require.Contains(t, text, "reading: 7 rows in 1s, 7 rows/s\n")
	require.Contains(t, text, "merging: 10 rows in 0s\n")
}

// TestProgressWithoutUpdates checks that an import that fails at once writes nothing.
func TestProgressWithoutUpdates(t *testing.T) {
	t.Parallel()
	for _, terminal := range []bool{false, true} {
		d, _, out := newTestDisplay(terminal)
		d.close()
		require.Empty(t, out.String())
	}
}
