package commit

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPosition(t *testing.T) {
	t.Parallel()
	for text, position := range map[string]Position{
		"7312345678901234567.1.00000000016B3748":           {7312345678901234567, 1, 0x16B3748},
		"0.0.0000000000000001":                             {0, 0, 1},
		"18446744073709551615.4294967295.FFFFFFFFFFFFFFFF": {math.MaxUint64, math.MaxUint32, math.MaxUint64},
	} {
		require.Equal(t, text, position.String())
		parsed, err := Parse(text)
		require.NoError(t, err)
		require.Equal(t, position, parsed)
	}
	for _, text := range []string{
		"", "1", "1.1", "1.1.1.1", "01.1.1", "1.+1.1", "1.1.16B3748", "1.1.0x00000000000001", "1.1.000000000000000a", "1.1.01", " 1.1.1", "1.1.1\n", "-1.1.1", "1..1", "1.4294967296.1",
		"18446744073709551616.1.1", "1.1.10000000000000000", "1_0.1.1", "0.0.0000000000000000",
	} {
		_, err := Parse(text)
		require.Error(t, err, text)
	}

	one := Position{1, 1, 10}
	for other, want := range map[Position]int{{1, 1, 9}: 1, {1, 1, 10}: 0, {1, 1, 11}: -1} {
		order, ok := one.Compare(other)
		require.True(t, ok)
		require.Equal(t, want, order)
	}
	for _, other := range []Position{{2, 1, 10}, {1, 2, 10}} {
		_, ok := one.Compare(other)
		require.False(t, ok)
	}
	require.True(t, Position{}.IsZero())
	require.False(t, one.IsZero())
	for _, text := range []string{"", "1", "1/", "/1", "1/100000000", "g/1"} {
		_, err := ParseLSN(text)
		require.Error(t, err, text)
	}
	lsn, err := ParseLSN("16/B374D848")
	require.NoError(t, err)
	require.Equal(t, uint64(0x16B374D848), lsn)
}

func FuzzParse(f *testing.F) {
	f.Add("7312345678901234567.1.00000000016B3748")
	f.Fuzz(func(t *testing.T, text string) {
		position, err := Parse(text)
		if err == nil {
			require.Equal(t, text, position.String())
		}
	})
}
