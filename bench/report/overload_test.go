package report

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWriteOverloads(t *testing.T) {
	t.Parallel()
	round := func(factor float64) []OverloadPhase {
		return []OverloadPhase{
			{Name: "16 connections", Rate: 1000 * factor, P50: time.Millisecond, P99: 2 * time.Millisecond, ServerCPU: 70 * time.Microsecond, Before: 38 << 20, Resident: 40 << 20, Peak: 41 << 20},
			{Name: "twice that", Rate: 900 * factor, ServerCPU: 80 * time.Microsecond, Shed: 800, P50: 3 * time.Millisecond, P99: 40 * time.Millisecond, Resident: 50 << 20, Peak: 52 << 20},
		}
	}
	var out strings.Builder
	require.NoError(t, WriteOverloads(&out, []Overload{{Server: "ours", Rounds: [][]OverloadPhase{round(1), round(2), round(3)}}}))
	require.Equal(t, `### ours

| load           | answered/s | to the first | by CPU | shed/s | p50 ms | p99 ms | server CPU ms | PostgreSQL CPU ms | load CPU ms | MiB at first | MiB in the end | peak MiB |
|----------------|-----------:|-------------:|-------:|-------:|-------:|-------:|--------------:|------------------:|------------:|-------------:|---------------:|---------:|
| 16 connections |       2000 |         1.00 |   1.00 |   0.00 |   1.00 |   2.00 |          0.07 |              0.00 |        0.00 |           38 |             40 |       41 |
| twice that     |       1800 |         0.90 |   0.88 |    800 |   3.00 |   40.0 |          0.08 |              0.00 |        0.00 |            0 |             50 |       52 |
`, out.String())
}
