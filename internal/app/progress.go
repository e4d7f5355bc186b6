package app

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"followgraph/internal/ingest"
	"followgraph/internal/store"
	"followgraph/internal/wording"
)

// lineInterval is the time between two lines. It keeps the log of a long import short.
const lineInterval = 5 * time.Second

// progressDisplay shows the progress of one import: as a bar on a terminal, otherwise in lines. It is not safe for
// concurrent use.
type progressDisplay struct {
	out      io.Writer
	terminal bool
	now      func() time.Time

	phase   store.ImportPhase
	started time.Time // when the phase began
	written time.Time // when the last line was written
	last    ingest.Progress
	bar     *progressbar.ProgressBar
}

func newProgressDisplay(out io.Writer) *progressDisplay {
	file, ok := out.(*os.File)
	return &progressDisplay{out: out, terminal: ok && term.IsTerminal(int(file.Fd())), now: time.Now}
}

// update shows p. It limits its own output: to a few times per second on a terminal, and otherwise to one line per
// lineInterval.
func (d *progressDisplay) update(p ingest.Progress) {
	if p.Phase != d.phase {
		d.close()
		d.phase, d.started = p.Phase, d.now()
		d.written = d.started
		if d.terminal {
			d.bar = newBar(d.out, p)
		} else if _, total := measure(p); total == 0 && p.Phase != ingest.PhaseRead {
			fmt.Fprintf(d.out, "%s\n", p.Phase)
		}
	}
	d.last = p
	if d.terminal {
		d.draw(p)
		return
	}
	if now := d.now(); now.Sub(d.written) >= lineInterval {
		d.written = now
		fmt.Fprintln(d.out, d.line(p))
	}
}

// close ends the current phase and writes its final numbers.
func (d *progressDisplay) close() {
	if d.phase == "" {
		return
	}
	if d.terminal {
		_ = d.bar.Clear()
		_ = d.bar.Exit()
	}
	if rows := d.last.Rows; rows > 0 {
		elapsed := d.now().Sub(d.started)
		fmt.Fprintf(d.out, "%s: %s in %s%s\n", d.phase, wording.Count(rows, "row"), rounded(elapsed), rate(rows, elapsed))
	}
	d.phase = ""
}

// measure returns the progress in the unit of the phase: bytes while reading, rows otherwise.
func measure(p ingest.Progress) (done, total int64) {
	if p.Phase == ingest.PhaseRead {
		return p.Bytes, p.TotalBytes
	}
	return p.Rows, p.TotalRows
}

// line formats the phase and its number of rows. It adds the percentage, the rate and the remaining time if these are
// known.
func (d *progressDisplay) line(p ingest.Progress) string {
	elapsed := d.now().Sub(d.started)
	text := fmt.Sprintf("%s: %s", p.Phase, wording.Count(p.Rows, "row"))
	done, total := measure(p)
	if total > 0 {
		text += fmt.Sprintf(", %d%%", min(100, 100*done/total))
	}
	text += rate(p.Rows, elapsed)
	if done > 0 && total > done {
		left := time.Duration(float64(elapsed) * float64(total-done) / float64(done))
		text += fmt.Sprintf(", %s left", rounded(left))
	}
	return text
}

func rate(rows int64, elapsed time.Duration) string {
	if elapsed < time.Millisecond {
		return ""
	}
	return fmt.Sprintf(", %.0f rows/s", float64(rows)/elapsed.Seconds())
}

func rounded(d time.Duration) time.Duration {
	if d < 10*time.Second {
		return d.Round(100 * time.Millisecond)
	}
	return d.Round(time.Second)
}

// newBar returns a progress bar, or a spinner if the total is unknown. It draws only on updates.
func newBar(out io.Writer, p ingest.Progress) *progressbar.ProgressBar {
	_, total := measure(p)
	if total == 0 {
		total = -1
	}
	options := []progressbar.Option{
		progressbar.OptionSetWriter(out),
		progressbar.OptionThrottle(100 * time.Millisecond),
		progressbar.OptionSetSpinnerChangeInterval(0),
		progressbar.OptionSetWidth(30),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionSetDescription(string(p.Phase)),
	}
	if p.Phase == ingest.PhaseRead {
		options = append(options, progressbar.OptionShowBytes(true))
	} else {
		options = append(options, progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("rows"))
	}
	return progressbar.NewOptions64(total, options...)
}

func (d *progressDisplay) draw(p ingest.Progress) {
	done, _ := measure(p)
	if p.Phase == ingest.PhaseRead {
		d.bar.Describe(fmt.Sprintf("%s %s", p.Phase, wording.Count(p.Rows, "row")))
	}
	_ = d.bar.Set64(done)
}
