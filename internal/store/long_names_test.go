package store

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLongestNamesFitIntoIndexes inserts names of maximum length in letters that normalization makes several of, which
// compress badly. PostgreSQL refuses a row whose entry in an index is longer than a third of a page.
func TestLongestNamesFitIntoIndexes(t *testing.T) {
	t.Parallel()
	s := open(t)
	random := rand.New(rand.NewPCG(1, 2))
	name := func(from, to rune, length int) string {
		var text strings.Builder
		for range length {
			text.WriteRune(from + random.Int32N(to-from))
		}
		return text.String()
	}
	names := map[string][3]string{}
	for script, letters := range map[string][2]rune{
		"Hangul": {0xAC00, 0xD7A4}, "Han": {0x20000, 0x2A6D0}, "compatible Han": {0x2F800, 0x2FA1E}, "Arabic forms": {0xFBEA, 0xFD3D},
	} {
		names[script] = [3]string{name(letters[0], letters[1], 255), name(letters[0], letters[1], 255), name(letters[0], letters[1], 255)}
	}
	for script, n := range names {
		_, err := s.pool.Exec(t.Context(), `INSERT INTO users (cognito_id, username, firstname, lastname, phone_number, password_hash)
			VALUES ($1, $2, $3, $4, $1, '!')`, script, n[0], n[1], n[2])
		require.NoError(t, err, script)
	}
}
