package web

import (
	"slices"
	"strconv"
	"strings"
)

// accepts reports whether a client with these Accept-Encoding headers accepts a content coding, which can have several
// names (RFC 9110, section 12.5.3). Without a header it returns false: such clients often support no coding.
func accepts(headers []string, coding ...string) bool {
	accepted := false
	for each := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		name, parameters, _ := strings.Cut(each, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		if slices.Contains(coding, name) {
			return quality(parameters) > 0
		}
		if name == "*" {
			accepted = quality(parameters) > 0
		}
	}
	return accepted
}

// quality returns the weight of a coding: 1 if it is missing, 0 if it is not a number.
func quality(parameters string) float64 {
	parameters = strings.ToLower(strings.TrimSpace(parameters))
	if parameters == "" {
		return 1
	}
	value, ok := strings.CutPrefix(parameters, "q=")
	if !ok {
		return 0
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil {
		return 0
	}
	return q
}
