package resident

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/timestamp"
)

// listModel is a list and the sorted slice that it must equal.
type listModel struct {
	list  list
	model []entry
}

// listEdit changes a listModel within one edit, as an editor does.
type listEdit struct {
	number uint64
	owned  bool
}

func (m *listModel) insert(e entry, of order, edit *listEdit) {
	i, found := search(m.model, of(e), of)
	if found {
		m.model = slices.Clone(m.model)
		m.model[i] = e
	} else {
		m.model = slices.Insert(slices.Clone(m.model), i, e)
	}
	m.list = m.list.insert(e, of, edit.number, edit.owned)
	edit.owned = true
}

func (m *listModel) remove(t *testing.T, k key, of order, edit *listEdit) {
	i, want := search(m.model, k, of)
	if want {
		m.model = slices.Delete(slices.Clone(m.model), i, i+1)
	}
	var found bool
	m.list, found = m.list.remove(k, of, edit.number, edit.owned)
	edit.owned = edit.owned || found
	require.Equal(t, want, found)
}

func (m *listModel) check(t *testing.T, of order) {
	t.Helper()
	require.Equal(t, len(m.model), m.list.len())
	got := make([]entry, len(m.model)+1)
	n := m.list.walk(start{}, false, of, got)
	require.True(t, slices.Equal(m.model, got[:n]))
	n = m.list.walk(start{}, true, of, got)
	slices.Reverse(got[:n])
	require.True(t, slices.Equal(m.model, got[:n]))
	if m.list.long == nil {
		require.LessOrEqual(t, len(m.list.short), shortLength)
		return
	}
	require.Greater(t, m.list.len(), shortLength/2)
	first, chunks := true, 0
	previous := key{}
	m.list.long.tree.Scan(func(c chunk) bool {
		require.LessOrEqual(t, len(c.entries), chunkLength)
		require.True(t, first || len(c.entries) > 0)
		require.True(t, first && c.key == minKey || !first && previous.less(c.key))
		for _, e := range c.entries {
			require.False(t, of(e).less(c.key))
		}
		first, previous = false, c.key
		chunks++
		return true
	})
	require.LessOrEqual(t, chunks, 3+m.list.len()/(minChunk/2))
}

// checkWalks reads from a position, in both directions.
func (m *listModel) checkWalks(t *testing.T, k key, of order, size int) {
	t.Helper()
	i, found := search(m.model, k, of)
	e, ok := m.list.find(k, of)
	require.Equal(t, found, ok)
	if found {
		require.Equal(t, m.model[i], e)
	}
	buffer := make([]entry, size)
	n := m.list.walk(start{k, true}, true, of, buffer)
	want := slices.Clone(m.model[max(0, i-size):i])
	slices.Reverse(want)
	require.True(t, slices.Equal(want, buffer[:n]))
	if found {
		i++
	}
	n = m.list.walk(start{k, true}, false, of, buffer)
	require.True(t, slices.Equal(m.model[i:min(i+size, len(m.model))], buffer[:n]))
}

// packer packs times and ids of any size, as the first edit does.
type packer struct {
	wide
	free []uint32
}

func (p *packer) pack(at timestamp.Timestamp, id int64) entry {
	if e, ok := narrow(at, id); ok {
		return e
	}
	return p.wide.pack(at, id, &p.free, 1)
}

// TestListEqualsSortedSlice makes random changes, many to an edit, and checks that the versions before stay as they
// were.
func TestListEqualsSortedSlice(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		keys    int64 // how many different keys there are
		growing int   // percent of insertions while the list grows
		steps   int
		append  bool
	}{
		"short":   {100, 60, 3000, false},
		"at 256":  {600, 55, 20000, false},
		"long":    {8000, 75, 30000, false},
		"append":  {1 << 40, 80, 20000, true},
		"at ends": {1 << 40, 70, 20000, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(1, uint64(len(name))))
			w := new(packer)
			var m listModel
			var published []listModel
			edit := &listEdit{number: 1}
			last := int64(0)
			for step := range test.steps {
				growing := test.growing
				if step/4000%2 == 1 {
					growing = 100 - growing - 10
				}
				at := random.Int64N(test.keys)
				if test.append {
					last += 1 + random.Int64N(3)
					at = last
				}
				switch {
				case random.IntN(100) < growing:
					e := w.pack(timestamp.Timestamp(at/3), at)
					e.other = uint32(random.IntN(1000))
					m.insert(e, w.time, edit)
				case len(m.model) > 0 && random.IntN(10) > 0:
					m.remove(t, w.time(m.model[random.IntN(len(m.model))]), w.time, edit)
				default:
					m.remove(t, timeKey(timestamp.Timestamp(at/3), at), w.time, edit)
				}
				if random.IntN(20) == 0 {
					m.list = m.list.clipped()
					published = append(published, m)
					edit = &listEdit{number: edit.number + 1}
				}
				if step%97 == 0 {
					m.check(t, w.time)
					for range 5 {
						k := timeKey(timestamp.Timestamp(random.Int64N(test.keys)/3), random.Int64N(test.keys))
						if len(m.model) > 0 && random.IntN(2) == 0 {
							k = w.time(m.model[random.IntN(len(m.model))])
						}
						m.checkWalks(t, k, w.time, random.IntN(700))
					}
				}
			}
			for len(m.model) > 0 {
				m.remove(t, w.time(m.model[random.IntN(len(m.model))]), w.time, edit)
				if len(m.model)%50 == 0 {
					m.check(t, w.time)
				}
			}
			m.check(t, w.time)
			for i := 0; i < len(published); i += 1 + len(published)/200 {
				published[i].check(t, w.time)
			}
		})
	}
}

// TestRemoveFromTheFront empties a long list in its order, from either end.
func TestRemoveFromTheFront(t *testing.T) {
	t.Parallel()
	for _, front := range []bool{true, false} {
		w := new(packer)
		var entries []entry
		for i := range 3000 {
			entries = append(entries, w.pack(timestamp.Timestamp(i), int64(i)))
		}
		m := listModel{newList(slices.Clone(entries), w.time, 1), entries}
		for edit := uint64(2); len(m.model) > 0; edit++ {
			i := 0
			if !front {
				i = len(m.model) - 1
			}
			m.remove(t, w.time(m.model[i]), w.time, &listEdit{number: edit})
			if len(m.model)%37 == 0 {
				m.check(t, w.time)
			}
		}
		m.check(t, w.time)
	}
}

func TestEntryHoldsEveryTimeAndID(t *testing.T) {
	t.Parallel()
	w := new(packer)
	for _, at := range []timestamp.Timestamp{
		timestamp.NegativeInfinity, -1, 0, 1, wideTime - 1, wideTime, wideTime + 1, 800_000_000_000_000, timestamp.Infinity,
	} {
		for _, id := range []int64{math.MinInt64, -1, 0, 1, math.MaxUint32, math.MaxUint32 + 1, 1<<idBits - 1, 1 << idBits, math.MaxInt64} {
			require.Equal(t, timeKey(at, id), w.time(w.pack(at, id)))
		}
	}
	for i := range int64(3 * leafSize) {
		require.Equal(t, timeKey(timestamp.Infinity, i), w.time(w.pack(timestamp.Infinity, i)))
	}
}

func FuzzList(f *testing.F) {
	f.Add([]byte{0, 1, 2, 200, 100, 3}, uint16(300))
	f.Add([]byte{255, 254, 253, 1, 1, 1, 129, 129}, uint16(0))
	f.Fuzz(func(t *testing.T, program []byte, size uint16) {
		w := new(packer)
		entries := make([]entry, int(size)%1024)
		for i := range entries {
			entries[i] = w.pack(timestamp.Timestamp(i*4), int64(i))
		}
		m := listModel{newList(slices.Clone(entries), w.time, 1), entries}
		before := m
		edit := &listEdit{number: 2}
		for i := 0; i+1 < len(program); i += 2 {
			at := int64(program[i])*16 + int64(program[i+1]&15)
			switch program[i+1] >> 6 {
			case 0, 1:
				m.insert(w.pack(timestamp.Timestamp(at), 7), w.time, edit)
			case 2:
				m.remove(t, timeKey(timestamp.Timestamp(at), 7), w.time, edit)
			default:
				for j := range int64(40) {
					m.remove(t, timeKey(timestamp.Timestamp((at/4+j)*4), at/4+j), w.time, edit)
				}
			}
			if program[i+1]&32 > 0 {
				edit = &listEdit{number: edit.number + 1}
			}
		}
		m.check(t, w.time)
		before.check(t, w.time)
		m.checkWalks(t, timeKey(timestamp.Timestamp(size), 7), w.time, 50)
	})
}
