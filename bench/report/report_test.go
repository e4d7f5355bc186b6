package report

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func sample(rate float64) Sample {
	return Sample{
		Rate: rate, P50: 1500 * time.Microsecond, P99: 23 * time.Millisecond,
		ServerCPU: 250 * time.Microsecond, PostgresCPU: 14 * time.Millisecond, ClientCPU: 31 * time.Microsecond,
		Resident: 30 << 20, Peak: 44<<20 + 1<<19,
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.NoError(t, Write(&out, []Table{
		{Name: "Q1", Title: "one user", Rows: []Row{
			{"limit", 1, []Sample{sample(10_000), sample(100), sample(20_000)}},
			{"ours", 2.56, []Sample{sample(5_000), sample(90), sample(30_000)}},
		}},
		{Name: "Q2", Title: "more", Rows: []Row{{"ours", 7, []Sample{sample(42.25)}}}},
	}, "limit"))
	require.Equal(t, `| req/s as a ratio to limit |   Q1 | Q2 |
|---------------------------|-----:|---:|
| limit                     | 1.00 |  – |
| ours                      | 0.90 |  – |

### Q1: one user

| server | req/s | p50 ms | p99 ms | server CPU ms | PostgreSQL CPU ms | load CPU ms | resident MiB | peak MiB | statements |
|--------|------:|-------:|-------:|--------------:|------------------:|------------:|-------------:|---------:|-----------:|
| limit  | 10000 |   1.50 |   23.0 |          0.25 |              14.0 |        0.03 |           30 |       45 |          1 |
| ours   |  5000 |   1.50 |   23.0 |          0.25 |              14.0 |        0.03 |           30 |       45 |        2.6 |

### Q2: more

| server | req/s | p50 ms | p99 ms | server CPU ms | PostgreSQL CPU ms | load CPU ms | resident MiB | peak MiB | statements |
|--------|------:|-------:|-------:|--------------:|------------------:|------------:|-------------:|---------:|-----------:|
| ours   |  42.2 |   1.50 |   23.0 |          0.25 |              14.0 |        0.03 |           30 |       45 |          7 |
`, out.String())
}

func TestMedianAndRatio(t *testing.T) {
	t.Parallel()
	rates := func(rates ...float64) []Sample {
		var samples []Sample
		for _, r := range rates {
			samples = append(samples, sample(r))
		}
		return samples
	}
	require.Zero(t, median(nil, rate))
	require.InDelta(t, 2, median(rates(3, 1, 2), rate), 0)
	require.InDelta(t, 2, median(rates(4, 2), rate), 0)

	// The ratios of the rounds are 2, 0.5 and 1. The ratio of the medians would be 2.
	r, ok := ratio(rates(20, 10, 40), rates(10, 20, 40))
	require.True(t, ok)
	require.InDelta(t, 1, r, 0)
	_, ok = ratio(rates(1), nil)
	require.False(t, ok)
	_, ok = ratio(rates(1), rates(0))
	require.False(t, ok)
}

func growing() []Series {
	return []Series{
		{"Q3", "ours", []Point{
			{10_000, []Sample{sample(100)}}, {100_000, []Sample{sample(80)}}, {1_000_000, []Sample{sample(50)}},
		}},
		{"Q4", "ours & <co>", []Point{
			{10_000, []Sample{sample(1_000)}}, {100_000, []Sample{sample(1_000)}}, {1_000_000, []Sample{sample(1_250)}},
		}},
	}
}

func TestWriteGrowth(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	series := append(growing(), Series{"Q3", "limit", []Point{
		{10_000, []Sample{sample(200)}}, {100_000, []Sample{sample(100)}}, {1_000_000, []Sample{sample(100)}},
	}})
	require.NoError(t, WriteGrowth(&out, series, "limit"))
	require.Equal(t, `| shape and server |     users | req/s | p50 ms | p99 ms | server CPU ms | PostgreSQL CPU ms | cost | to limit |
|------------------|----------:|------:|-------:|-------:|--------------:|------------------:|-----:|---------:|
| Q3 ours          |    10,000 |   100 |   1.50 |   23.0 |          0.25 |              14.0 | 1.00 |     0.50 |
| Q3 ours          |   100,000 |  80.0 |   1.50 |   23.0 |          0.25 |              14.0 | 1.25 |     0.80 |
| Q3 ours          | 1,000,000 |  50.0 |   1.50 |   23.0 |          0.25 |              14.0 | 2.00 |     0.50 |
| Q4 ours & <co>   |    10,000 |  1000 |   1.50 |   23.0 |          0.25 |              14.0 | 1.00 |        – |
| Q4 ours & <co>   |   100,000 |  1000 |   1.50 |   23.0 |          0.25 |              14.0 | 1.00 |        – |
| Q4 ours & <co>   | 1,000,000 |  1250 |   1.50 |   23.0 |          0.25 |              14.0 | 0.80 |        – |
| Q3 limit         |    10,000 |   200 |   1.50 |   23.0 |          0.25 |              14.0 | 1.00 |     1.00 |
| Q3 limit         |   100,000 |   100 |   1.50 |   23.0 |          0.25 |              14.0 | 2.00 |     1.00 |
| Q3 limit         | 1,000,000 |   100 |   1.50 |   23.0 |          0.25 |              14.0 | 2.00 |     1.00 |

Cost is the time per request on the saturated machine, as a multiple of the time with the fewest users;
the last column is the ratio of req/s to limit with as many users.
`, out.String())
}

func TestPlot(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.NoError(t, Plot(&out, "cost & users", growing(), 1.3))
	svg := out.String()
	decoder := xml.NewDecoder(strings.NewReader(svg))
	for {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err, "it is well-formed")
	}
	for _, text := range []string{"10,000", "100,000", "1,000,000", "cost &amp; users", "bound: 1.3", "Q3 ours: 2.00", "Q4 ours &amp; &lt;co&gt;: 0.80"} {
		require.Contains(t, svg, ">"+text+"<")
	}
	// The middle size is in the middle of a logarithmic axis, and all costs are below the top.
	require.Contains(t, svg, `points="60.0,212.2 280.0,177.8 500.0,74.4"`)
	require.Equal(t, 6, strings.Count(svg, "<circle"))
}

func TestPlotNeedsSizes(t *testing.T) {
	t.Parallel()
	require.Error(t, Plot(io.Discard, "", nil, 0))
	require.Error(t, Plot(io.Discard, "", []Series{{"Q3", "ours", []Point{{10, []Sample{sample(1)}}}}}, 0))
	require.ErrorContains(t, Plot(io.Discard, "", []Series{{"Q3", "ours", []Point{{10, []Sample{sample(1)}}, {20, nil}}}}, 0), "nothing was measured")
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for number, want := range map[int]string{0: "0", 999: "999", 1_000: "1,000", 1_234_567: "1,234,567"} {
		require.Equal(t, want, grouped(number))
	}
	for x, want := range map[float64]string{0.004: "0.00", 0.25: "0.25", 9.999: "10.00", 12.34: "12.3", 123.4: "123", 12_345: "12345"} {
		require.Equal(t, want, number(x))
	}
}
