package timestamp_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/timestamp"
)

func TestTimestamp(t *testing.T) {
	t.Parallel()
	micros := func(at time.Time) timestamp.Timestamp { return timestamp.FromUnixMicro(at.UnixMicro()) }
	for name, test := range map[string]struct {
		at    timestamp.Timestamp
		shown string
		valid bool
	}{
		"epoch":                 {0, "2000-01-01T00:00:00Z", true},
		"a microsecond before":  {-1, "1999-12-31T23:59:59.999999Z", true},
		"usual":                 {micros(time.Date(2025, 6, 20, 1, 2, 3, 4000, time.UTC)), "2025-06-20T01:02:03.000004Z", true},
		"last of four digits":   {micros(time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC)), "9999-12-31T23:59:59.999999Z", true},
		"first of five digits":  {micros(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)), "9999-12-31T23:59:59.999999Z", true},
		"Go's zero time":        {micros(time.Time{}), "0001-01-01T00:00:00.000001Z", true},
		"before the common era": {micros(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)), "0001-01-01T00:00:00.000001Z", true},
		"infinity":              {timestamp.Infinity, "9999-12-31T23:59:59.999999Z", true},
		"-infinity":             {timestamp.NegativeInfinity, "0001-01-01T00:00:00.000001Z", true},
		"last that there is":    {9223371331199999999, "9999-12-31T23:59:59.999999Z", true},
		"behind that":           {9223371331200000000, "9999-12-31T23:59:59.999999Z", false},
		"first that there is":   {-211813488000000000, "0001-01-01T00:00:00.000001Z", true},
		"before that":           {-211813488000000001, "0001-01-01T00:00:00.000001Z", false},
		"next to -infinity":     {math.MinInt64 + 1, "0001-01-01T00:00:00.000001Z", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.shown, test.at.Time().Format(time.RFC3339Nano))
			require.Equal(t, test.valid, test.at.Valid())
			require.Equal(t, test.at, timestamp.FromUnixMicro(test.at.UnixMicro()))
		})
	}
}
