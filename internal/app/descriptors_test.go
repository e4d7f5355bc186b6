package app

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFit(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		limit         uint64
		clients, pool int
		wantClients   int
		wantPool      int
	}{
		"no limit":               {^uint64(0), 1_000_000, 1000, 1_000_000, 1000},
		"just enough":            {4096 + 16 + 64, 4096, 16, 4096, 16},
		"one too few":            {4096 + 16 + 63, 4096, 16, 4095, 16},
		"the usual limit":        {1024, 4096, 16, 944, 16},
		"a large pool":           {1024, 4096, 1000, 480, 480},
		"a large pool, few wait": {1024, 100, 1000, 100, 860},
		"few files":              {128, 4096, 16, 48, 16},
		"fewer files":            {100, 4096, 16, 20, 16},
		"hardly any":             {83, 4096, 16, 16, 3},
		"the least":              {82, 4096, 16, 16, 2},
		"the least, one client":  {82, 1, 16, 1, 16},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clients, pool, err := fit(test.limit, test.clients, test.pool)
			require.NoError(t, err)
			require.Equal(t, test.wantClients, clients)
			require.Equal(t, test.wantPool, pool)
		})
	}
	_, _, err := fit(81, 4096, 16)
	require.ErrorContains(t, err, "ulimit -n")
}
