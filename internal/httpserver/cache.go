package httpserver

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"

	"followgraph/internal/viewer"
)

// How an answer may be kept (RFC 9111, 5.2.2).
const (
	keepNot = "no-store"
	// keepPrivate leaves the answer to its own client, who asks each time whether it still holds.
	keepPrivate = "private, no-cache"
	// keepMiss is for a document that is not known yet, and may be the next moment.
	keepMiss = "private, no-cache, must-revalidate"
)

// dropPersonal takes what is about one request or its caller out of the header of an answer that a shared cache may give to
// others (RFC 9111, 3 and 5.2.2). Names are in the form that net/http gives them.
func dropPersonal(header http.Header) {
	if !isShared(header.Values("Cache-Control")) {
		return
	}
	for name := range header {
		if name == requestIDHeader || name == "Server-Timing" || name == "Set-Cookie" || strings.HasPrefix(name, "X-Ratelimit-") {
			delete(header, name)
		}
	}
}

// isShared reports whether a header Cache-Control lets a shared cache keep an answer: it says something, and does not
// forbid it.
func isShared(values []string) bool {
	for _, list := range values {
		for directive := range strings.SplitSeq(list, ",") {
			name, _, _ := strings.Cut(strings.TrimSpace(directive), "=")
			if strings.EqualFold(name, "private") || strings.EqualFold(name, "no-store") {
				return false
			}
		}
	}
	return len(values) > 0
}

// vary names all that an answer depends on beside its URL (RFC 9110, 12.5.5).
const vary = "Accept, Accept-Encoding, Authorization"

// keep is the Cache-Control of an answer without errors to a GET that names a persisted document. Only those are kept:
// their URLs are few, and the same for all clients of an application.
func (h *graphQL) keep(caller viewer.Viewer) string {
	if caller.SignedIn() {
		return keepPrivate
	}
	return h.anonymousCacheControl
}

// strongETag is the validator of a body in one coding: each coding is a representation of its own (RFC 9110, 8.8.3.3).
func strongETag(body []byte, by coding) string {
	const bits = 128
	sum := sha256.Sum256(body)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:bits/8])
	if by != identity {
		tag += "-" + string(by)
	}
	return tag + `"`
}

// isKnown tells whether a client has the representation with a tag already (RFC 9110, 13.1.2).
func isKnown(r *http.Request, tag string) bool {
	for _, list := range r.Header["If-None-Match"] {
		for element := ""; list != ""; {
			element, list = cut(list, ',')
			element = strings.TrimPrefix(strings.TrimSpace(element), "W/")
			if element == tag || element == "*" {
				return true
			}
		}
	}
	return false
}
