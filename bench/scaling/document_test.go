package scaling

import (
	"flag"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the tables of docs/scaling.md")

const document = "../../docs/scaling.md"

// TestDocument checks that the tables of docs/scaling.md are those of the committed figures.
func TestDocument(t *testing.T) {
	t.Parallel()
	f, err := Committed()
	require.NoError(t, err)
	text, err := os.ReadFile(document)
	require.NoError(t, err)
	want, err := f.Document(string(text))
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile(document, []byte(want), 0o600))
		return
	}
	require.Equal(t, want, string(text), "`go test ./bench/scaling -update` writes the tables")
	_, err = f.Document("without a table")
	require.Error(t, err)
}

// unit returns figures of which each is 1.
func unit() *Figures {
	f := &Figures{Values: map[string]Figure{}}
	for _, d := range definitions {
		f.Values[d.Name] = Figure{Value: 1}
	}
	return f
}

func TestNeeds(t *testing.T) {
	t.Parallel()
	f := unit()
	f.Values[MemoryUser], f.Values[MemoryFollow] = Figure{Value: 1000}, Figure{Value: 32}
	f.Values[LoadRate] = Figure{Value: 1e6}
	f.Values[ReadServer], f.Values[NestedServer] = Figure{Value: 0.1}, Figure{Value: 1.1}
	f.Values[SenderCPU] = Figure{Value: 10}
	n := f.needs(size{"", 864_000, 100e6})
	require.InDelta(t, 864e6+3.2e9, n.graph, 1)
	require.InDelta(t, n.graph+1.6e9, n.graphLong, 1)
	require.InDelta(t, 4*n.graph, n.process, 1, "the graph takes a quarter of the memory of a large machine")
	require.InDelta(t, 100, n.load, 1e-9)
	require.InDelta(t, 2000, n.reads, 1e-6)
	require.InDelta(t, 20, n.writes, 1e-6)
	require.InDelta(t, 0.4, n.readers, 1e-9, "2,000 reads of 0.2 ms each")
	require.InDelta(t, 2, n.instances, 0)
	require.InDelta(t, 34, n.connections, 0)
	require.InDelta(t, 2*20*10e-6, n.senders, 1e-12)
}

// TestImages checks the images of pages: one for each change at first, and never more than all pages.
func TestImages(t *testing.T) {
	t.Parallel()
	f := unit()
	f.Values[LogImages] = Figure{Value: 8 * pageSize}
	disk := 1e6 * pageSize
	require.InEpsilon(t, 8*pageSize, f.images(disk, 1), 0.01)
	require.InEpsilon(t, disk/checkpoints, f.images(disk, 1e6), 1e-6)
	require.Less(t, f.images(disk, 1000), 1000*8*pageSize)
}

func TestCheck(t *testing.T) {
	t.Parallel()
	f := unit()
	require.NoError(t, f.check())
	f.Values["other"] = Figure{Value: 1}
	require.ErrorContains(t, f.check(), `unknown figure "other"`)
	delete(f.Values, "other")
	delete(f.Values, Rate1)
	require.ErrorContains(t, f.check(), `no figure "follows, 1 connection"`)
}

// TestWrite checks that the figures of one run stay when another one completes them.
func TestWrite(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/figures.json"
	first := &Figures{Command: "a", Machine: "m", Users: 1, Follows: 2, Values: map[string]Figure{Rate1: {Value: 3, Other: 0.5}}}
	require.NoError(t, first.Write(path))
	require.NoError(t, (&Figures{Values: map[string]Figure{DiskGrown: {Value: 4}}}).Write(path))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, part := range []string{`"command": "a"`, `"users": 1`, `"other": 0.5`, DiskGrown, Rate1} {
		require.Contains(t, string(text), part)
	}
	require.Contains(t, first.String(), "follows, 1 connection")
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		volume(0): "0 bytes", volume(999): "999 bytes", volume(1500): "1.5 KB", volume(407e9): "407 GB", volume(6.2e12): "6.2 TB",
		duration(87): "87 s", duration(600): "10 minutes", duration(16_000): "4.4 hours",
		percent(0.001): "< 1%", percent(0): "0%", percent(12.5): "1,250%",
		grouped(1234567.4): "1,234,567", grouped(999): "999", significant(0.0477): "0.048", significant(7.25): "7.2",
		processors(0.001): "< 0.01",
	} {
		require.Equal(t, want, got)
	}
	for line := range strings.Lines(wrapped(strings.Repeat("words ", 100))) {
		require.LessOrEqual(t, len(strings.TrimSpace(line)), 120)
	}
	require.False(t, math.IsNaN(unit().needs(sizes[0]).disk))
}
