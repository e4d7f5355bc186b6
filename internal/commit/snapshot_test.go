package commit

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSnapshot(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct{ seen, unseen []uint32 }{
		"10:20:10,14,15": {[]uint32{3, 9, 11, 13, 16, 19}, []uint32{10, 14, 15, 20, 21, 1 << 30}},
		"20:20:":         {[]uint32{19, 1}, []uint32{20, 21}},
		// The epoch is 3, and the low bits of xmax are 2: transactions before the wraparound are older.
		"12884901880:12884901890:12884901888": {[]uint32{4294967290, 4294967295, 1}, []uint32{0, 2, 3, 1 << 30}},
	} {
		s, err := ParseSnapshot(text)
		require.NoError(t, err)
		for _, xid := range want.seen {
			require.True(t, s.Sees(xid), "%s %d", text, xid)
		}
		for _, xid := range want.unseen {
			require.False(t, s.Sees(xid), "%s %d", text, xid)
		}
	}
	for _, text := range []string{"", "1", "1:2", "1:x:", "1:2:x", "1:2:3:4", "1:-2:"} {
		_, err := ParseSnapshot(text)
		require.Error(t, err, text)
	}
}
