package resident

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNames(t *testing.T) {
	t.Parallel()
	n := newNames()
	_, ok := n.find("")
	require.False(t, ok)
	for i := range 20_000 {
		id := fmt.Sprint("c-", i)
		require.Equal(t, uint32(i), n.add(id))
		require.Equal(t, uint32(i), n.add(id))
	}
	require.Equal(t, uint32(20_000), n.add(""))
	for i := range 20_000 {
		number, ok := n.find(fmt.Sprint("c-", i))
		require.True(t, ok)
		require.Equal(t, uint32(i), number)
		require.Equal(t, fmt.Sprint("c-", i), n.id(number))
	}
	_, ok = n.find("unknown")
	require.False(t, ok)
}

// TestNamesWhileGrowing looks up ids while the writer adds others.
func TestNamesWhileGrowing(t *testing.T) {
	t.Parallel()
	n := newNames()
	first := n.add("first")
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				number, ok := n.find("first")
				if !ok || number != first {
					t.Error("first was not found")
					return
				}
				if number, ok := n.find(fmt.Sprint(i % 50_000)); ok && n.id(number) != fmt.Sprint(i%50_000) {
					t.Error("a number has another id")
					return
				}
			}
		})
	}
	for i := range 50_000 {
		n.add(fmt.Sprint(i))
	}
	close(done)
	readers.Wait()
}

func FuzzNames(f *testing.F) {
	f.Add("a", "b", "c")
	f.Add("", "\xff", "a\x00")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		n := newNames()
		for _, id := range []string{a, b, c, b, a} {
			number := n.add(id)
			require.Equal(t, id, n.id(number))
			found, ok := n.find(id)
			require.True(t, ok)
			require.Equal(t, number, found)
		}
	})
}
