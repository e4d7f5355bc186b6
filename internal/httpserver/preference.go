package httpserver

import (
	"iter"
	"strconv"
	"strings"
)

// preference is an element of a header that lists what a client takes (RFC 9110, 12.5): `text/html;level=2;q=0.5`.
type preference struct {
	name   string  // of a media range or a content coding, in lower case
	utf8   bool    // whether its parameters allow that encoding, as they do without a charset
	weight float64 // from 0, not acceptable, to 1
}

// preferences reads such a header. Parameters other than a charset are ignored: whoever asks for a variant that does not
// exist gets the one that does.
func preferences(values []string) iter.Seq[preference] {
	return func(yield func(preference) bool) {
		for _, list := range values {
			for element := ""; list != ""; {
				element, list = cut(list, ',')
				name, parameters := cut(element, ';')
				if name = strings.ToLower(strings.TrimSpace(name)); name == "" {
					continue
				}
				each := preference{name: name, utf8: true, weight: 1}
				for parameter := ""; parameters != ""; {
					parameter, parameters = cut(parameters, ';')
					each.parameter(parameter)
				}
				if !yield(each) {
					return
				}
			}
		}
	}
}

func (p *preference) parameter(parameter string) {
	name, value, _ := strings.Cut(parameter, "=")
	value = strings.TrimSpace(value)
	switch name = strings.TrimSpace(name); {
	case strings.EqualFold(name, "q"):
		p.weight = weight(value)
	case strings.EqualFold(name, "charset"):
		p.utf8 = isUTF8(strings.Trim(value, `"`))
	}
}

// weight reads a weight (RFC 9110, 12.4.2); what is none weighs nothing.
func weight(text string) float64 {
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || !(value > 0) { // NaN too
		return 0
	}
	return min(value, 1)
}

// cut is strings.Cut at a separator that does not stand in a quoted string (RFC 9110, 5.6.4).
func cut(text string, separator byte) (before, after string) {
	quoted := false
	for at := 0; at < len(text); at++ {
		switch c := text[at]; {
		case quoted && c == '\\':
			at++
		case c == '"':
			quoted = !quoted
		case c == separator && !quoted:
			return text[:at], text[at+1:]
		}
	}
	return text, ""
}

func isUTF8(charset string) bool {
	return strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "utf8")
}
