package httpserver

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzMembers compares the members of valid objects with those that encoding/json reads.
func FuzzMembers(f *testing.F) {
	for _, text := range []string{
		`{}`, `{ }`, `{"a":1}`, " {\t\"a\" :\r\n [1, {\"b\": \"]}\"}] , \"\\u0061\\\"\":\"x\\\\\" ,\"c\":null,\"d\":-1.5e3}\n", `{"a":{"b":[[],{}]},"b":true}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		object := skipSpace(text)
		if !utf8.Valid(text) || !json.Valid(text) || object[0] != '{' {
			return
		}
		decoder := json.NewDecoder(bytes.NewReader(text))
		_, err := decoder.Token()
		require.NoError(t, err)
		at, rest, ok := nextMember(object[1:])
		for decoder.More() {
			name, err := decoder.Token()
			require.NoError(t, err)
			var value json.RawMessage
			require.NoError(t, decoder.Decode(&value))
			require.True(t, ok)
			require.Equal(t, name, at.name)
			require.Equal(t, string(value), string(at.value))
			at, rest, ok = nextMember(rest)
		}
		require.False(t, ok)
	})
}
