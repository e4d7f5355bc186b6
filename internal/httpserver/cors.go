package httpserver

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// AnyOrigin as an origin allows all origins.
const AnyOrigin = "*"

// The headers of a preflight's response. All request headers are allowed, because unknown ones have no effect. The
// wildcard does not include Authorization.
const (
	corsMethods = "GET, HEAD, POST"
	corsHeaders = "Authorization, Content-Type, " + positionHeader + ", *"
	corsExposed = "Age, ETag, " + positionHeader + ", Retry-After, Server-Timing, WWW-Authenticate, X-Request-Id, " +
		"X-RateLimit-Cost, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Used, X-RateLimit-Reset"
	corsMaxAge = "7200" // seconds; the upper limit of browsers
)

// isAllowedOrigin reports whether the page that sends a request may read the answer without CORS: it has one of the
// given origins or that of the server, or there is no page. Browsers apply CORS to requests, but not to WebSockets, so
// the server has to check their origins.
func isAllowedOrigin(r *http.Request, origins []string) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || slices.Contains(origins, origin) || slices.Contains(origins, AnyOrigin) {
		return true
	}
	page, err := url.Parse(origin)
	return err == nil && page.Host != "" && strings.EqualFold(page.Host, r.Host) // a proxy may end TLS, so schemes differ
}

// withCORS allows pages of the given origins to call next and to read its responses ("Fetch", 3.3 CORS protocol).
// Without origins it allows none. Credentials are never allowed: there are no cookies, and a page that has a token
// sends it in the header Authorization. Preflights of other origins go to refuse.
func withCORS(origins []string, refuse http.HandlerFunc, next http.Handler) http.Handler {
	anyOrigin := slices.Contains(origins, AnyOrigin)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		origin := r.Header.Get("Origin")
		if anyOrigin {
			origin = AnyOrigin
		} else {
			if len(origins) > 0 {
				header.Add("Vary", "Origin")
			}
			switch {
			case slices.Contains(origins, origin):
			case isPreflight(r):
				refuse(w, r)
				return
			default:
				next.ServeHTTP(w, r)
				return
			}
		}
		header.Set("Access-Control-Allow-Origin", origin)
		if isPreflight(r) {
			header.Set("Access-Control-Allow-Methods", corsMethods)
			header.Set("Access-Control-Allow-Headers", corsHeaders)
			header.Set("Access-Control-Max-Age", corsMaxAge)
			w.WriteHeader(http.StatusNoContent)
			return
		}
		header.Set("Access-Control-Expose-Headers", corsExposed)
		next.ServeHTTP(w, r)
	})
}
