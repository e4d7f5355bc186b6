package httpserver

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzParameters compares the parameters of a body with those that encoding/json reads, and checks that an error does
// not quote the body.
func FuzzParameters(f *testing.F) {
	for _, body := range []string{
		`{"query": "{ __typename }", "operationName": null, "variables": {"a": [1, {"b": 2e3}]}, "extensions": {}}`,
		`{"documentId": "sha256:00", "extensions": {"persistedQuery": {"version": 1, "sha256Hash": "00"}}}`,
		`{"query": "a", "query": "b"}`, `[{"query": "a"}]`, `{"query": "a",}`, `{"query": "\ud800"}`, `null`, ` {} x`, `{"": {"": []}}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		p := &parameters{}
		refused := p.readJSON(body)
		if refused != nil {
			require.LessOrEqual(t, len(refused.err.Error()), 200)
			return
		}
		var whole map[string]any
		decoder := json.NewDecoder(strings.NewReader(string(body)))
		decoder.UseNumber()
		require.NoError(t, decoder.Decode(&whole))
		for name, value := range map[string]string{"query": p.query, "operationName": p.operationName, "doc_id": p.documentIDs[1]} {
			want, _ := whole[name].(string)
			require.Equal(t, want, value)
		}
		for name, value := range map[string]map[string]any{"variables": p.variables, "extensions": p.extensions} {
			want, _ := whole[name].(map[string]any)
			require.Equal(t, want, value)
		}
		_ = p.readPersistedQuery() // must not panic
	})
}

// FuzzPreferences checks that each element of a header has a weight of 0 to 1, and that none is lost.
func FuzzPreferences(f *testing.F) {
	for _, header := range []string{
		"", "*/*", "gzip;q=0.5, zstd", `a;x="\",b";q=1,c`, "application/json;charset=utf-8;q=0.9,;q=1", "a;q=NaN,b;q=1e400,c;q=-0",
	} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		all := slices.Collect(preferences([]string{header}))
		require.LessOrEqual(t, len(all), strings.Count(header, ",")+1)
		for _, each := range all {
			require.True(t, each.weight >= 0 && each.weight <= 1, "%+v", each)
			require.NotEmpty(t, each.name)
		}
		if utf8.ValidString(header) && !strings.ContainsAny(header, `",;`) && strings.TrimSpace(header) != "" {
			require.Len(t, all, 1)
		}
		_, _ = negotiate([]string{header}) // must not panic
		_ = chooseCoding([]string{header})
	})
}

// FuzzSocketMessage checks that a message is either complete, or ends its connection with a code and a reason that may be
// sent.
func FuzzSocketMessage(f *testing.F) {
	for _, seed := range []string{
		`{"type":"connection_init","payload":{"Authorization":"Bearer x"}}`, `{"id":"a","type":"subscribe","payload":{"query":"{ a }"}}`,
		`{"id":"a","type":"complete"}`, `{"type":"ping","payload":null}`, `[]`, `{"type":1}`, `{"type":"ping","type":"pong"}`, "\xff", ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		message, end := parseMessage(text)
		if end != nil {
			require.Contains(t, []closeCode{closeBadRequest, closeNotUTF8}, end.code)
			require.NotEmpty(t, end.reason)
			require.LessOrEqual(t, len(end.reason), maxCloseReason)
			return
		}
		require.True(t, json.Valid(text))
		switch message.kind {
		case messageSubscribe:
			require.NotEmpty(t, message.id)
			if refused := new(parameters).readPayload(message.payload); refused != nil {
				require.NotEmpty(t, refused.Error())
			}
		case messageComplete:
			require.NotEmpty(t, message.id)
		case messageInit:
			_ = authorizationOf(message.payload) // must not panic
		}
		if message.payload != nil {
			require.True(t, json.Valid(message.payload))
			require.Equal(t, byte('{'), message.payload[0])
		}
	})
}
