package scaling

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Document returns the text of docs/scaling.md with its tables replaced by those of the figures. A table is between
// the lines <!-- table: NAME --> and <!-- end -->.
func (f *Figures) Document(text string) (string, error) {
	for name, table := range map[string]string{"figures": f.figuresTable(), "needs": f.needsTable(), "bounds": f.boundsTable()} {
		before, rest, ok := strings.Cut(text, "<!-- table: "+name+" -->\n")
		_, after, ended := strings.Cut(rest, "<!-- end -->")
		if !ok || !ended {
			return "", fmt.Errorf("there is no place for the table %q", name)
		}
		text = before + "<!-- table: " + name + " -->\n\n" + table + "\n<!-- end -->" + after
	}
	return text, nil
}

// figuresTable lists the figures with how they were measured.
func (f *Figures) figuresTable() string {
	var t strings.Builder
	fmt.Fprintf(&t, "```sh\n%s\n```\n\n", f.Command)
	t.WriteString(wrapped(fmt.Sprintf("%s users and %s follows, on %s. The row \"%s\" is that of a graph of 100,000 users and 2,000,000 follows.",
		grouped(float64(f.Users)), grouped(float64(f.Follows)), f.Machine, DiskGrown)))
	t.WriteString("| figure | value | how it is measured | other work |\n|---|--:|---|--:|\n")
	for _, d := range definitions {
		figure, other := f.Values[d.Name], ""
		if d.IsTime {
			other = percent(figure.Other)
		}
		fmt.Fprintf(&t, "| %s | %s %s | %s | %s |\n", d.Name, significant(figure.Value), d.Unit, d.How, other)
	}
	return t.String()
}

// row is a row of the table of needs.
type row struct {
	name  string
	value func(need) string
}

var needRows = []row{
	{"**an instance with the graph in memory**", nil},
	{"memory of the graph", func(n need) string { return volume(n.graph) }},
	{"… if all users follow more than 256 others", func(n need) string { return volume(n.graphLong) }},
	{"least limit of the heap (`GOMEMLIMIT`)", func(n need) string { return volume(n.heap) }},
	{"memory of its machine, with the defaults", func(n need) string { return volume(n.process) }},
	{"time of a load", func(n need) string { return duration(n.load) }},
	{"network of a load", func(n need) string { return volume(n.loadBytes) }},
	{"log that PostgreSQL keeps until the load ends", func(n need) string { return volume(n.kept) }},
	{"processors to follow the stream", func(n need) string { return processors(n.apply) }},
	{"**all instances**", nil},
	{"reads in the busiest second", func(n need) string { return grouped(n.reads) }},
	{"processors for them, from memory", func(n need) string { return processors(n.readers) }},
	{"instances with 2 cores, half used, and one more", func(n need) string { return grouped(n.instances) }},
	{"their connections to PostgreSQL", func(n need) string { return grouped(n.connections) }},
	{"network of their streams", func(n need) string { return volume(n.stream) + "/s" }},
	{"processors of PostgreSQL for the reads, if SQL answers all", func(n need) string { return processors(n.sqlReaders) }},
	{"… standbys with 32 of them, half used, and one more", func(n need) string { return grouped(1 + math.Ceil(n.sqlReaders/16)) }},
	{"**the primary**", nil},
	{"follows in the busiest second", func(n need) string { return grouped(n.writes) }},
	{"processors for them", func(n need) string { return processors(n.writers) }},
	{"processors for the WAL senders", func(n need) string { return processors(n.senders) }},
	{"disk: tables and indexes", func(n need) string { return volume(n.disk) }},
	{"log in the busiest second: records", func(n need) string { return volume(n.logRecords) + "/s" }},
	{"… images of pages", func(n need) string { return volume(n.logImages) + "/s" }},
	{"… images with `wal_compression = lz4`", func(n need) string { return volume(n.logLZ4) + "/s" }},
	{"log of a day, images compressed", func(n need) string { return volume(n.logDay) }},
}

func (f *Figures) needsTable() string {
	var t strings.Builder
	fmt.Fprintf(&t, "Assumed: a user reads %s times a day and follows or unfollows %s times, the busiest second has %s times the mean, and %s of the reads are nested three levels deep (Q3), the others read one user (Q1). PostgreSQL writes a checkpoint every %s.\n\n",
		significant(readsPerDay), significant(followsPerDay), significant(peak), percent(nestedShare), duration(checkpoints))
	text := wrapped(t.String())
	t.Reset()
	t.WriteString(text)
	t.WriteString(heading("users, follows"))
	for _, r := range needRows {
		fmt.Fprintf(&t, "| %s |", r.name)
		for _, s := range sizes {
			if r.value == nil {
				t.WriteString(" |")
				continue
			}
			fmt.Fprintf(&t, " %s |", r.value(f.needs(s)))
		}
		t.WriteString("\n")
	}
	return t.String()
}

// bounds are what usual machines and settings give.
var bounds = []struct {
	name string
	part func(need) float64 // of the bound
}{
	{"memory of a machine: 256 GB", func(n need) float64 { return n.process / 256e9 }},
	{"a load in 10 minutes", func(n need) float64 { return n.load / 600 }},
	{"ids that memory can number: 2^30", func(n need) float64 { return n.users / (1 << 30) }},
	{"the primary's processors: 32, half used", func(n need) float64 { return (n.writers + n.senders) / 16 }},
	{"the primary's log: 200 MB/s, compressed", func(n need) float64 { return (n.logRecords + n.logLZ4) / 200e6 }},
	{"the primary's disk: 16 TB", func(n need) float64 { return n.disk / 16e12 }},
	{"connections to the primary: 500", func(n need) float64 { return n.connections / 500 }},
	{"instances with a stream from the primary: 50", func(n need) float64 { return n.instances / 50 }},
}

// boundsTable shows which part of each bound a size needs. The first to break is in bold.
func (f *Figures) boundsTable() string {
	first := make([]int, len(sizes))
	for s, of := range sizes {
		for b := range bounds {
			if bounds[b].part(f.needs(of)) > bounds[first[s]].part(f.needs(of)) {
				first[s] = b
			}
		}
	}
	var t strings.Builder
	t.WriteString(heading("bound"))
	for b, bound := range bounds {
		fmt.Fprintf(&t, "| %s |", bound.name)
		for s, of := range sizes {
			value := percent(bound.part(f.needs(of)))
			if first[s] == b {
				value = "**" + value + "**"
			}
			fmt.Fprintf(&t, " %s |", value)
		}
		t.WriteString("\n")
	}
	return t.String()
}

func heading(first string) string {
	text := "| " + first + " |"
	for _, s := range sizes {
		text += " " + s.name + " |"
	}
	return text + "\n|---" + strings.Repeat("|--:", len(sizes)) + "|\n"
}

// significant returns a number with at least two significant digits.
func significant(n float64) string {
	switch {
	case n >= 1000:
		return grouped(n)
	case n >= 10 || n == math.Trunc(n):
		return strconv.FormatFloat(n, 'f', 0, 64)
	default:
		return strconv.FormatFloat(n, 'g', 2, 64)
	}
}

// grouped returns a whole number with commas.
func grouped(n float64) string {
	digits := strconv.FormatFloat(math.Round(n), 'f', 0, 64)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func volume(n float64) string {
	units := []string{"bytes", "KB", "MB", "GB", "TB", "PB"}
	i := 0
	for n >= 999.5 && i < len(units)-1 {
		n /= 1000
		i++
	}
	return significant(n) + " " + units[i]
}

func duration(seconds float64) string {
	switch d := time.Duration(seconds * float64(time.Second)); {
	case d < 2*time.Minute:
		return significant(d.Seconds()) + " s"
	case d < 2*time.Hour:
		return significant(d.Minutes()) + " minutes"
	default:
		return significant(d.Hours()) + " hours"
	}
}

func percent(part float64) string {
	if part > 0 && part < 0.01 {
		return "< 1%"
	}
	return grouped(100*part) + "%"
}

func processors(n float64) string {
	if n < 0.01 {
		return "< 0.01"
	}
	return significant(n)
}

// wrapped breaks a paragraph at 120 columns, as all prose of the documentation.
func wrapped(paragraph string) string {
	const columns = 120
	var text, line strings.Builder
	for _, word := range strings.Fields(paragraph) {
		switch {
		case line.Len() == 0:
		case line.Len()+1+len([]rune(word)) > columns:
			text.WriteString(line.String() + "\n")
			line.Reset()
		default:
			line.WriteString(" ")
		}
		line.WriteString(word)
	}
	return text.String() + line.String() + "\n\n"
}
