package report

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWriteFloods(t *testing.T) {
	t.Parallel()
	read := func(milliseconds float64, signedIn, wrong, refused float64) FloodSample {
		p99 := time.Duration(milliseconds * float64(time.Millisecond))
		return FloodSample{Rate: 1000 / milliseconds, P50: p99 / 2, P99: p99, SignedIn: signedIn, Wrong: wrong, Refused: refused}
	}
	var out strings.Builder
	require.NoError(t, WriteFloods(&out, []Flood{{Server: "ours", Situations: []Situation{
		{"idle", []FloodSample{read(2, 0, 0, 0), read(4, 0, 0, 0), read(3, 0, 0, 0)}},
		{"a flood", []FloodSample{read(5, 1, 3, 7000), read(6, 2, 2, 8000), read(6, 3, 1, 9000)}},
	}}}))
	require.Equal(t, `### ours

| situation | reads/s | p50 ms | p99 ms | p99 ratio | signed in/s | wrong password/s | refused/s |
|-----------|--------:|-------:|-------:|----------:|------------:|-----------------:|----------:|
| idle      |     333 |   1.50 |   3.00 |      1.00 |        0.00 |             0.00 |      0.00 |
| a flood   |     167 |   3.00 |   6.00 |      2.00 |        2.00 |             2.00 |      8000 |
`, out.String())
}
