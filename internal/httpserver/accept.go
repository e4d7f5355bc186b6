package httpserver

import (
	"net/http"
	"strings"
)

// The media types of responses ("GraphQL over HTTP", Media Types).
const (
	graphqlResponse = "application/graphql-response+json"
	plainJSON       = "application/json"
)

// negotiate selects the media type of the response by the header Accept: the one with the higher weight, or, if the
// weights are equal, the newer one if it is named. Clients that name neither, as with `*/*` or without the header,
// usually know only the older one. If the client accepts neither, the request is refused before it is read.
func negotiate(accept []string) (mediaType string, refused *refusal) {
	if strings.TrimSpace(strings.Join(accept, "")) == "" {
		return plainJSON, nil
	}
	var newer, plain acceptance
	for each := range preferences(accept) {
		if !each.utf8 {
			continue
		}
		switch each.name {
		case graphqlResponse:
			newer.add(exactly, each.weight)
		case plainJSON:
			plain.add(exactly, each.weight)
		case "application/*":
			newer.add(byType, each.weight)
			plain.add(byType, each.weight)
		case "*/*":
			newer.add(anything, each.weight)
			plain.add(anything, each.weight)
		}
	}
	switch {
	case newer.weight == 0 && plain.weight == 0:
		return plainJSON, badRequest(http.StatusNotAcceptable, "the Accept header must allow %s or %s", graphqlResponse, plainJSON)
	case newer.weight > plain.weight, newer.weight == plain.weight && newer.specificity == exactly:
		return graphqlResponse, nil
	default:
		return plainJSON, nil
	}
}

// How a media range names a type. The most specific range applies (RFC 9110, 12.5.1).
const (
	anything = iota + 1
	byType
	exactly
)

// acceptance is how a client accepts a media type. The zero value means that it does not.
type acceptance struct {
	specificity int
	weight      float64
}

func (a *acceptance) add(specificity int, weight float64) {
	if specificity > a.specificity || specificity == a.specificity && weight > a.weight {
		*a = acceptance{specificity, weight}
	}
}
