package httpserver

import (
	"iter"
	"strconv"
	"strings"
)

// preference is one element of a header that lists what a client accepts (RFC 9110, 12.5), such as
// `text/html;level=2;q=0.5`.
type preference struct {
	name   string  // a media range or a content coding, in lower case
	utf8   bool    // whether the parameter charset allows UTF-8; true without one
	weight float64 // 0 (not acceptable) to 1
	// subscriptions is whether the parameter subscriptionSpec is 1.0, the version of Apollo's multipart subscriptions.
	subscriptions bool
}

// preferences parses such a header. It ignores parameters other than q, charset and subscriptionSpec: a client that asks
// for an unknown variant gets the known one.
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
	case strings.EqualFold(name, "subscriptionSpec"):
		p.subscriptions = strings.Trim(value, `"`) == "1.0"
	}
}

// weight parses a weight (RFC 9110, 12.4.2). It returns 0 for anything else.
func weight(text string) float64 {
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || !(value > 0) { // NaN too
		return 0
	}
	return min(value, 1)
}

// cut is like strings.Cut, but ignores separators in quoted strings (RFC 9110, 5.6.4).
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
