package httpserver

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"unicode/utf8"

	"followgraph/internal/surrogate"
)

// readQueryString reads the parameters from a URL ("GraphQL over HTTP", GET). An empty parameter counts as missing.
func (p *parameters) readQueryString(r *http.Request) *refusal {
	over := connectionOf(r.Context())
	p.size = len(r.URL.RawQuery)
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return badRequest(http.StatusBadRequest, "the query string must be URL-encoded")
	}
	for name, each := range values {
		target := p.target(name)
		switch {
		case target == nil:
			continue
		case len(each) > 1:
			return badRequest(http.StatusBadRequest, "the query string contains the parameter %s more than once", name)
		case !utf8.ValidString(each[0]):
			return badRequest(http.StatusBadRequest, "the parameter %s must be UTF-8", name)
		}
		if text, ok := target.(*string); ok {
			*text = each[0]
		} else if hasManyValues([]byte(each[0])) {
			return malformed("the parameter %s has more JSON values than the limit of %d", name, maxValues)
		} else if !over.hold(weightOf([]byte(each[0]))) {
			return errNoRoom
		} else if refused := readParameter(name, each[0], target); refused != nil {
			return refused
		}
	}
	return nil
}

// readParameter decodes a parameter that is a JSON object.
func readParameter(name, text string, target any) *refusal {
	if text == "" {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.UseNumber()
	if err := decoder.Decode(target); err != nil {
		return unreadableValue("the parameter "+name, []byte(text), name, err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return badRequest(http.StatusBadRequest, "the parameter %s contains data after the JSON object", name)
	}
	if at := surrogate.InJSON([]byte(text)); at >= 0 {
		return halfCharacter("the parameter "+name, at)
	}
	return nil
}
