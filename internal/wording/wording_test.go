package wording_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/wording"
)

func TestCount(t *testing.T) {
	t.Parallel()
	require.Equal(t, "0 rows", wording.Count(0, "row"))
	require.Equal(t, "1 row", wording.Count(int64(1), "row"))
	require.Equal(t, "2 rows", wording.Count(2, "row"))
}

func TestDurations(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		d             time.Duration
		words, ofFlag string
	}{
		{0, "0 seconds", "0s"},
		{500 * time.Millisecond, "1 second", "500ms"},
		{time.Second, "1 second", "1s"},
		{90 * time.Second, "1 minute 30 seconds", "1m30s"},
		{30 * time.Minute, "30 minutes", "30m"},
		{time.Hour, "1 hour", "1h"},
		{65 * time.Minute, "1 hour 5 minutes", "1h5m"},
		{time.Hour + 5*time.Second, "1 hour", "1h0m5s"},
		{time.Hour + time.Minute + time.Second, "1 hour 1 minute", "1h1m1s"},
		{720 * time.Hour, "720 hours", "720h"},
		{10 * time.Hour, "10 hours", "10h"},
		{10 * time.Minute, "10 minutes", "10m"},
	} {
		require.Equal(t, test.words, wording.Duration(test.d))
		require.Equal(t, test.ofFlag, wording.Flag(test.d))
	}
}
