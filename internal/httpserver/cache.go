package httpserver

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"

	"followgraph/internal/viewer"
)

// Values of Cache-Control (RFC 9111, 5.2.2).
const (
	keepNot = "no-store"
	// keepPrivate allows only the client itself to store the response, and to revalidate it before each use.
	keepPrivate = "private, no-cache"
	// keepMiss is for an unknown persisted document, which the next request may register.
	keepMiss = "private, no-cache, must-revalidate"
)

// dropPersonal removes headers about one request or its caller from a response that a shared cache may store (RFC 9111,
// 3 and 5.2.2). Names are in the canonical form of net/http. The position is removed too, because it may be the one that
// the request had: a client could store a false one in a cache, which other clients would then send to every server.
func dropPersonal(header http.Header) {
	if !isShared(header.Values("Cache-Control")) {
		return
	}
	for name := range header {
		if name == requestIDHeader || name == positionHeader || name == "Server-Timing" || name == "Set-Cookie" || strings.HasPrefix(name, "X-Ratelimit-") {
			delete(header, name)
		}
	}
}

// isShared reports whether the header Cache-Control allows a shared cache to store a response: it is present and does
// not forbid it.
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

// vary names the request headers that a response depends on (RFC 9110, 12.5.5).
const vary = "Accept, Accept-Encoding, Authorization"

// keep returns the Cache-Control of a response without errors to a GET for a persisted document. Only these responses
// are cacheable: their URLs are few, and the same for all clients of an application.
func (h *graphQL) keep(caller viewer.Viewer) string {
	if caller.SignedIn() {
		return keepPrivate
	}
	return h.anonymousCacheControl
}

// bodyTag is the part of an ETag that identifies a body.
type bodyTag struct {
	digest string
	bytes  int // the length of the body
}

func tagOf(body []byte) bodyTag {
	const bits = 128
	sum := sha256.Sum256(body)
	return bodyTag{base64.RawURLEncoding.EncodeToString(sum[:bits/8]), len(body)}
}

// in returns the validator of the body in one content coding. Each coding is a separate representation (RFC 9110,
// 8.8.3.3).
func (t bodyTag) in(by coding) string {
	if by != identity {
		return `"` + t.digest + "-" + string(by) + `"`
	}
	return `"` + t.digest + `"`
}

// isKnown reports whether the client already has the representation with a tag (RFC 9110, 13.1.2).
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
