package httpserver

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHasTooManyValues(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"":  false,
		"{": false,
		"[" + strings.Repeat("1,", maxValues-1) + "1]":              false,
		"[" + strings.Repeat("1,", maxValues) + "1]":                true,
		strings.Repeat("[", maxValues+1):                            true,
		strings.Repeat("{", maxValues+1):                            true,
		`["` + strings.Repeat(",", maxValues+1) + `"]`:              false,
		`["\"` + strings.Repeat(`,\"`, maxValues+1) + `"]`:          false,
		`["\\"` + strings.Repeat(`,"\\"`, maxValues+1) + `]`:        true,
		`{"a\` + strings.Repeat(",", maxValues+1):                   false,
		`{"a": "` + strings.Repeat("[{,", maxValues) + `", "b": 1}`: false,
	} {
		require.Equal(t, want, hasTooManyValues([]byte(text)), "%.40s", text)
	}
}
