package graphdump_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"followgraph/internal/graphdump"
	"followgraph/internal/timestamp"
)

// element is a Follow whose id can be kept.
type element struct {
	other string
	graphdump.Follow
}

// graph is the content of a dump.
type graph struct {
	users  []graphdump.User
	counts []graphdump.CountsTime
	lists  [2][]list
	places [4][]graphdump.Place
	totals graphdump.Totals
}

type list struct {
	graphdump.Owner
	follows []element
}

var example = graph{
	users: []graphdump.User{
		{},
		{
			CognitoID: "a", ID: 1, Username: "😀\U0010FFFF", Firstname: new(""), Lastname: new("L"), Avatar: new(strings.Repeat("x", 100_000)), Role: "END_USER",
			TokenVersion: math.MaxInt64, CreatedAt: timestamp.Infinity, ShownCreatedAt: -1, ShownUpdatedAt: math.MinInt64, ShownCountsAt: new(int64(0)),
		},
	},
	counts: []graphdump.CountsTime{{"a", timestamp.NegativeInfinity}},
	lists: [2][]list{
		{{graphdump.Owner{CognitoID: "a", Length: 2, Count: -1}, []element{
			{"b", graphdump.Follow{At: 5, ID: -1, Found: true}}, {"", graphdump.Follow{At: math.MaxInt64, ID: math.MinInt64}},
		}}},
		{{graphdump.Owner{}, nil}, {graphdump.Owner{CognitoID: strings.Repeat("y", 40_000)}, nil}},
	},
	places: [4][]graphdump.Place{{{At: 7, ID: 1, CognitoID: "a"}}, {{Text: "key", ID: 2, CognitoID: "b"}}, nil, {{}, {}}},
	totals: graphdump.Totals{Accounts: 2, Follows: 3},
}

func (g *graph) write(t testing.TB, to io.Writer) error {
	t.Helper()
	w := graphdump.NewWriter(to)
	w.Begin(graphdump.Users)
	for i := range g.users {
		w.User(&g.users[i])
	}
	w.EndRecords()
	w.Begin(graphdump.Counts)
	for i := range g.counts {
		w.CountsTime(&g.counts[i])
	}
	w.EndRecords()
	for i, lists := range g.lists {
		w.Begin(graphdump.Followers + graphdump.Section(i))
		for _, l := range lists {
			w.Owner(&l.Owner)
			for _, f := range l.follows {
				w.Follow(f.other, &f.Follow)
			}
			w.EndRecords()
		}
		w.EndRecords()
	}
	for i, places := range g.places {
		w.Begin(graphdump.ByCreation + graphdump.Section(i))
		for _, p := range places {
			w.Place(&p)
		}
		w.EndRecords()
	}
	return w.Close(g.totals)
}

// all reads records until next has none.
func all[T any](next func(*T) (bool, error)) (records []T, err error) {
	for {
		var one T
		ok, err := next(&one)
		if !ok {
			return records, err
		}
		records = append(records, one)
	}
}

// read reads a dump. It stops at the first error.
func read(from io.Reader) (g graph, err error) {
	r, err := graphdump.NewReader(from)
	if err != nil {
		return g, err
	}
	_ = r.Begin(graphdump.Users)
	g.users, _ = all(r.User)
	_ = r.Begin(graphdump.Counts)
	g.counts, _ = all(r.CountsTime)
	for i := range g.lists {
		_ = r.Begin(graphdump.Followers + graphdump.Section(i))
		var l list
		for {
			ok, _ := r.Owner(&l.Owner)
			if !ok {
				break
			}
			l.follows = nil
			var f graphdump.Follow
			for {
				ok, _ := r.Follow(&f)
				if !ok {
					break
				}
				e := element{string(f.Other), f}
				e.Other = nil
				l.follows = append(l.follows, e)
			}
			g.lists[i] = append(g.lists[i], l)
		}
	}
	for i := range g.places {
		_ = r.Begin(graphdump.ByCreation + graphdump.Section(i))
		g.places[i], _ = all(r.Place)
	}
	g.totals, err = r.Close() // has the first error
	return g, err
}

func TestDumpIsReadAsWritten(t *testing.T) {
	t.Parallel()
	for _, want := range []graph{{}, example} {
		var text bytes.Buffer
		require.NoError(t, want.write(t, &text))
		open := io.MultiReader(bytes.NewReader(text.Bytes()), iotest.ErrReader(errors.New("nothing follows yet")))
		for _, from := range []io.Reader{bytes.NewReader(text.Bytes()), iotest.OneByteReader(bytes.NewReader(text.Bytes())), open} {
			got, err := read(from)
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
	}
}

// TestDumpWithoutItsEnd cuts a dump off at many places: none of the parts is taken for a whole dump.
func TestDumpWithoutItsEnd(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	require.NoError(t, example.write(t, &text))
	whole := text.Bytes()
	for at := 0; at < len(whole); at++ {
		if at > 200 && at < len(whole)-200 && at%1013 != 0 {
			continue // in a long text
		}
		_, err := read(bytes.NewReader(whole[:at]))
		require.ErrorContains(t, err, "ends before its end", at)
	}
	failure := errors.New("the connection broke")
	_, err := read(io.MultiReader(bytes.NewReader(whole[:50]), iotest.ErrReader(failure)))
	require.ErrorIs(t, err, failure)
}

func TestDumpOfAnotherForm(t *testing.T) {
	t.Parallel()
	_, err := read(strings.NewReader("followgraph graph dump 1\n..."))
	require.ErrorContains(t, err, "form that this version")
	for name, text := range map[string]string{
		"another section":        graphdump.Magic + "\x02",
		"neither a record nor 0": graphdump.Magic + "\x01\x02",
		"a text without end":     graphdump.Magic + "\x01\x01\xff\xff\xff\xff\xff\x01",
		"a number without end":   graphdump.Magic + "\x01\x01\x00" + strings.Repeat("\xff", 20),
	} {
		_, err := read(strings.NewReader(text))
		require.Error(t, err, name)
	}
	_, err = read(strings.NewReader(graphdump.Magic + "\x01\x01\x80\x80\x80\x80\x04abc"))
	require.ErrorContains(t, err, "ends before its end", "a text of a gigabyte takes only the memory of what arrives")
}

func TestWriterReportsFirstError(t *testing.T) {
	t.Parallel()
	reader, writer := io.Pipe()
	failure := errors.New("nobody reads")
	require.NoError(t, reader.CloseWithError(failure))
	require.ErrorIs(t, example.write(t, writer), failure)
}

func FuzzRead(f *testing.F) {
	var text bytes.Buffer
	small := example
	small.users, small.lists[1] = small.users[:1], nil
	require.NoError(f, small.write(f, &text))
	f.Add(text.Bytes())
	f.Add([]byte(graphdump.Magic))
	f.Fuzz(func(t *testing.T, text []byte) {
		g, err := read(bytes.NewReader(text))
		if err != nil {
			return
		}
		var again bytes.Buffer
		require.NoError(t, g.write(t, &again))
		same, err := read(&again)
		require.NoError(t, err)
		require.Equal(t, g, same)
	})
}
