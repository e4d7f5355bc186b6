package httpserver

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzMembers compares the members of valid objects, and their values, with those that encoding/json reads.
func FuzzMembers(f *testing.F) {
	for _, text := range []string{
		`{}`, `{ }`, `{"a":1}`, " {\t\"a\" :\r\n [1, {\"b\": \"]}\"}] , \"\\u0061\\\"\":\"x\\\\\" ,\"c\":null,\"d\":-1.5e3}\n", `{"a":{"b":[[],{}]},"b":true}`,
		`{"a":"\n\t\"\\\/\b\f\r","b":"é\n\u00e9\ud83d\ude00\ud800","\n":false,"a":12345678901234567890,"c":{"d":1.0},"e":""}`,
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

		decoder = json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		var want map[string]any
		require.NoError(t, decoder.Decode(&want))
		require.Equal(t, want, readObject(bytes.TrimRight(object, " \t\r\n")))
	})
}
