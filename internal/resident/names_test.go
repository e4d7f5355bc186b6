package resident

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// nameModel is names with a map that holds what they must contain.
type nameModel struct {
	names
	free    []uint32
	numbers map[string]uint32
}

func (m *nameModel) put(id string, edit uint64) {
	if _, ok := m.numbers[id]; !ok {
		m.numbers[id] = m.add(id, &m.free, edit)
	}
}

func (m *nameModel) drop(id string, edit uint64) {
	if number, ok := m.numbers[id]; ok {
		m.remove(number, edit)
		m.free = append(m.free, number)
		delete(m.numbers, id)
	}
}

func (m *nameModel) check(t *testing.T) {
	t.Helper()
	used := map[uint32]bool{}
	for id, number := range m.numbers {
		found, ok := m.find(id)
		if !ok || found != number || m.id(number) != id || used[number] {
			require.Failf(t, "wrong number", "%q has %d, not %d (%v)", id, found, number, ok)
		}
		found, ok = m.findBytes([]byte(id))
		if !ok || found != number {
			require.Failf(t, "wrong number", "%q has %d, not %d (%v)", id, found, number, ok)
		}
		used[number] = true
	}
	require.Len(t, m.numbers, m.n)
}

func TestNames(t *testing.T) {
	t.Parallel()
	m := nameModel{names: newNames(), numbers: map[string]uint32{}}
	_, ok := m.find("")
	require.False(t, ok)
	for i := range 20_000 {
		m.put(fmt.Sprint("c-", i), 1)
		require.Equal(t, uint32(i), m.numbers[fmt.Sprint("c-", i)])
	}
	m.put("", 1)
	m.check(t)
	_, ok = m.find("unknown")
	require.False(t, ok)
}

// TestNamesReuseNumbers adds and removes ids at random, many to an edit. Published names must stay as they were, and
// numbers must be reused.
func TestNamesReuseNumbers(t *testing.T) {
	t.Parallel()
	const ids = 5000
	random := rand.New(rand.NewPCG(41, 42))
	m := nameModel{names: newNames(), numbers: map[string]uint32{}}
	type published struct {
		nameModel

		unknown []string
	}
	var old []published
	for edit := uint64(1); edit < 400; edit++ {
		for range 1 + random.IntN(200) {
			id := fmt.Sprint("c-", random.IntN(ids))
			if random.IntN(1000) < 450+int(edit%200) {
				m.put(id, edit)
			} else {
				m.drop(id, edit)
			}
		}
		m.check(t)
		if edit%20 != 0 {
			continue
		}
		then := published{nameModel: nameModel{names: m.names, numbers: map[string]uint32{}}}
		for i := range ids {
			id := fmt.Sprint("c-", i)
			if number, ok := m.numbers[id]; ok {
				then.numbers[id] = number
			} else {
				then.unknown = append(then.unknown, id)
			}
		}
		old = append(old, then)
	}
	for _, then := range old {
		then.check(t)
		for _, id := range then.unknown {
			_, ok := then.find(id)
			require.False(t, ok, id)
		}
	}
	require.LessOrEqual(t, int(m.end), ids)
	for id := range m.numbers {
		m.drop(id, 1000)
	}
	m.check(t)
	require.Zero(t, m.text)
}

func FuzzNames(f *testing.F) {
	f.Add("a", "b", "c")
	f.Add("", "\xff", "a\x00")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		m := nameModel{names: newNames(), numbers: map[string]uint32{}}
		for _, id := range []string{a, b, c, b, a} {
			m.put(id, 1)
			m.check(t)
		}
		m.drop(b, 2)
		m.check(t)
		_, ok := m.find(b)
		require.False(t, ok)
		m.put(b, 2)
		m.check(t)
	})
}
