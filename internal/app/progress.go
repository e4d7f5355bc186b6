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

// lineInterval is the time between two plain lines, so that the log of a long import stays short.
const lineInterval = 5 * time.Second

// progressDisplay writes the progress of one import. It is for one goroutine at a time.
type progressDisplay struct {
	out      io.Writer
	terminal bool
	now      func() time.Time

	phase   store.ImportPhase
	started time.Time // when the phase began
	told    time.Time // when the last line was written
	last    ingest.Progress
	bar     *progressbar.ProgressBar
}

// New makes a progressDisplay; it draws bars where out is a terminal.
func newProgressDisplay(out io.Writer) *progressDisplay {
	file, ok := out.(*os.File)
	return &progressDisplay{out: out, terminal: ok && term.IsTerminal(int(file.Fd())), now: time.Now}
}

// update shows p, at most a few times a second on a terminal and every few seconds elsewhere, however
// often it is called.
func (d *progressDisplay) update(p ingest.Progress) {
	if p.Phase != d.phase {
		d.close()
		d.phase, d.started = p.Phase, d.now()
		d.told = d.started
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
	if now := d.now(); now.Sub(d.told) >= lineInterval {
		d.told = now
		fmt.Fprintln(d.out, d.line(p))
	}
}

// Close ends the current phase, with its final numbers.
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

// measure tells how much of how much is done; the unit is that of the phase.
func measure(p ingest.Progress) (done, total int64) {
	if p.Phase == ingest.PhaseRead {
		return p.Bytes, p.TotalBytes
	}
	return p.Rows, p.TotalRows
}

// line is a plain line: phase, rows, share, rate, time left; the latter three as far as they are known.
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

// newBar draws nothing by itself: an unknown total gives a spinner that turns with each update.
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
