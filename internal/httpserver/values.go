package httpserver

import "net/http"

// maxValues bounds the values of a request's JSON: a value of two bytes takes up to a hundred in memory.
const maxValues = 10_000

func tooManyValues(where string) *requestError {
	return badRequest(http.StatusBadRequest, "%s has more than %d values", where, maxValues)
}

// hasTooManyValues counts values by what stands between them, without reading them. It does not matter what it makes of
// a text that is not JSON.
func hasTooManyValues(text []byte) bool {
	values, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ',' || c == '[' || c == '{'):
			values++
		}
	}
	return values > maxValues
}
