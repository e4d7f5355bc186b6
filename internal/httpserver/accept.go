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

// accepted is how a client accepts the results of its operation.
type accepted struct {
	mediaType string       // of a single result
	single    bool         // whether the client accepts mediaType
	stream    streamFormat // of many results; nil for none
}

// negotiate selects the media types of the response by the header Accept. Of the types for a single result it is the
// one with the higher weight, or, if the weights are equal, the newer one if it is named. Clients that name neither, as
// with `*/*` or without the header, usually know only the older one. A type for many results must be named. If the
// client accepts no type, the request is refused before it is read.
func negotiate(accept []string) (accepted, *refusal) {
	if strings.TrimSpace(strings.Join(accept, "")) == "" {
		return accepted{plainJSON, true, nil}, nil
	}
	var newer, plain acceptance
	var events, parts float64
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
		case eventStreamType:
			events = max(events, each.weight)
		case multipartType:
			if each.subscriptions {
				parts = max(parts, each.weight)
			}
		}
	}
	result := accepted{mediaType: plainJSON, single: newer.weight > 0 || plain.weight > 0}
	switch {
	case parts > events:
		result.stream = multipartFormat{}
	case events > 0:
		result.stream = eventStreamFormat{}
	}
	if newer.weight > plain.weight || newer.weight == plain.weight && newer.specificity == exactly {
		result.mediaType = graphqlResponse
	}
	if !result.single && result.stream == nil {
		return result, badRequest(http.StatusNotAcceptable, "the Accept header must allow %s or %s", graphqlResponse, plainJSON)
	}
	return result, nil
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
