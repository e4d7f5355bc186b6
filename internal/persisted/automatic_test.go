package persisted_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/persisted"
)

// text returns the i-th text of a length.
func text(i, length int) string {
	return fmt.Sprintf("%-*d", length, i)
}

func has(a *persisted.Automatic, text string) bool {
	result, ok := a.Find(persisted.Hash(text))
	return ok && result == text
}

func TestAutomatic(t *testing.T) {
	t.Parallel()
	a := persisted.NewAutomatic(persisted.DefaultAutomaticBytes)
	const one, other = "{ viewer { id } }", "{ viewer { username } }"
	require.False(t, has(a, one))
	require.Zero(t, a.Len())
	require.Zero(t, a.Bytes())
	for range 2 {
		a.Save(one)
		require.Equal(t, 1, a.Len())
		require.Equal(t, len(one)+persisted.EntryBytes, a.Bytes())
	}
	require.True(t, has(a, one), "now protected")
	a.Save(one)
	require.Equal(t, 1, a.Len())
	require.True(t, has(a, one))
	require.False(t, has(a, other))

	result, ok := a.Find(strings.ToUpper(persisted.Hash(one)))
	require.True(t, ok)
	require.Equal(t, one, result)
	for _, hash := range []string{"", "x", persisted.Hash(one)[1:], "sha256:" + persisted.Hash(one), strings.Repeat("x", 64)} {
		_, ok := a.Find(hash)
		require.False(t, ok, hash)
	}
}

func TestAutomaticLimitsTexts(t *testing.T) {
	t.Parallel()
	a := persisted.NewAutomatic(persisted.DefaultAutomaticBytes)
	longest, tooLong := text(1, persisted.MaxAutomaticText), text(1, persisted.MaxAutomaticText+1)
	a.Save(longest)
	a.Save(tooLong)
	require.True(t, has(a, longest))
	require.False(t, has(a, tooLong))
}

// TestAutomaticUnderFlood saves many times what fits. Texts in use stay, and the limit always holds.
func TestAutomaticUnderFlood(t *testing.T) {
	t.Parallel()
	const bound = 1 << 20
	a := persisted.NewAutomatic(bound)
	inUse := make([]string, 100)
	for i := range inUse {
		inUse[i] = text(-i-1, 4<<10)
		a.Save(inUse[i])
		require.True(t, has(a, inUse[i]))
	}
	for i := range 3_000 {
		flood := text(i, 1+rand.IntN(persisted.MaxAutomaticText))
		a.Save(flood)
		require.LessOrEqual(t, a.Bytes(), bound)
		require.True(t, has(a, inUse[i%len(inUse)]))
		if i%100 == 0 {
			require.True(t, has(a, text(i, len(flood))), "a new text is found soon after")
		}
	}
	for _, each := range inUse {
		require.True(t, has(a, each))
	}
}

// TestAutomaticEvictsLeastRecentlyUsed requests more texts than fit.
func TestAutomaticEvictsLeastRecentlyUsed(t *testing.T) {
	t.Parallel()
	const length = 1000
	a := persisted.NewAutomatic(8 * (length + persisted.EntryBytes)) // 2 of them on probation
	for i := range 9 {
		a.Save(text(i, length))
		require.True(t, has(a, text(i, length)))
		require.True(t, has(a, text(0, length)))
	}
	require.Equal(t, 8, a.Len())
	require.True(t, has(a, text(0, length)), "it was always in use")
	require.False(t, has(a, text(1, length)))
	require.True(t, has(a, text(8, length)))
}

// TestAutomaticTooSmall creates stores that hold nothing or almost nothing.
func TestAutomaticTooSmall(t *testing.T) {
	t.Parallel()
	for _, bound := range []int{0, 1, 300, 1000} {
		a := persisted.NewAutomatic(bound)
		for i := range 10 {
			a.Save(text(i, 30))
			has(a, text(i, 30))
			require.LessOrEqual(t, a.Bytes(), bound)
		}
	}
}

// TestAutomaticCopies saves a part of a longer string, which must not stay in memory. This test and the next one
// measure the whole heap, so they do not run in parallel.
func TestAutomaticCopies(t *testing.T) {
	const length = 1000
	a := persisted.NewAutomatic(persisted.DefaultAutomaticBytes)
	before := heap()
	for i := range 100 {
		a.Save(text(i, 100_000)[:length])
	}
	require.Less(t, heap()-before, 100*2*(length+persisted.EntryBytes))
	runtime.KeepAlive(a)
}

// TestAutomaticCountsItsMemory fills a store with many short texts, whose overhead dominates.
func TestAutomaticCountsItsMemory(t *testing.T) {
	a := persisted.NewAutomatic(persisted.DefaultAutomaticBytes)
	before := heap()
	for i := range 200_000 {
		a.Save(text(i, 16))
		if i%2 == 0 {
			require.True(t, has(a, text(i, 16)))
		}
	}
	grown := heap() - before
	t.Logf("%d texts are counted as %d bytes and take %d", a.Len(), a.Bytes(), grown)
	require.Less(t, grown, persisted.DefaultAutomaticBytes)
	runtime.KeepAlive(a)
}

func heap() int {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}

// TestAutomaticConcurrently is for the race detector.
func TestAutomaticConcurrently(t *testing.T) {
	t.Parallel()
	const bound = 100_000
	a := persisted.NewAutomatic(bound)
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for range 1000 {
				each := text(rand.IntN(200), 1000)
				if !has(a, each) {
					a.Save(each)
				}
				if a.Bytes() > bound || a.Len() > 100 {
					t.Error("the bound does not hold")
				}
			}
		})
	}
	clients.Wait()
}
