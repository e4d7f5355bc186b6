package executor

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestHasEscapes puts each byte at each place of texts around the number of bytes that are looked at together.
func TestHasEscapes(t *testing.T) {
	t.Parallel()
	for length := 1; length <= 25; length++ {
		for _, around := range []string{"a", "\xff", "\x80", "!", " ", "]", "#", "\x7f"} {
			text := []byte(strings.Repeat(around, length))
			require.False(t, hasEscapes(text), "%q", text)
			for at := range text {
				before := text[at]
				for c := range 256 {
					text[at] = byte(c)
					escapes := c < 0x20 || c == '"' || c == '\\'
					if hasEscapes(text) != escapes {
						t.Fatalf("hasEscapes(%q) = %t", text, !escapes)
					}
				}
				text[at] = before
			}
		}
	}
	require.False(t, hasEscapes(nil))
}
