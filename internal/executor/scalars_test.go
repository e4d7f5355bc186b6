package executor

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLimitOfScalars writes lists that are longer than the limit of the answer, as aliases of a field do.
func TestLimitOfScalars(t *testing.T) {
	t.Parallel()
	const bytes, aliases = 1_000, 100
	written := 0
	number := func(x *Execution, n *int) bool {
		written++
		return x.Int(int64(*n))
	}
	numbers := func(x *Execution, list *[]int) bool { return Scalars(x, *list, true, number) }
	for name, write := range map[string]func(*Execution){
		"a list": func(x *Execution) { Scalars(x, make([]int, 10_000), true, number) },
		"lists":  func(x *Execution) { Scalars(x, [][]int{make([]int, 10_000), make([]int, 10_000)}, false, numbers) },
	} {
		x := &Execution{limit: &Limit{bytes: bytes}}
		written = 0
		for range aliases {
			write(x)
		}
		require.True(t, x.limit.Exceeded(), name)
		require.LessOrEqual(t, written, bytes/2+aliases, name)
		require.LessOrEqual(t, len(x.buf), bytes+10*aliases, name)
	}
}
