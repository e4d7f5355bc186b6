package httpserver

import (
	"net/http"
	"slices"
)

// AnyOrigin as an origin stands for all of them.
const AnyOrigin = "*"

// The parts of a preflight's answer. Every header may be sent, since those that the server does not know change nothing;
// the star does not stand for Authorization.
const (
	corsMethods = "GET, HEAD, POST"
	corsHeaders = "Authorization, Content-Type, *"
	corsExposed = "ETag, Retry-After, Server-Timing, WWW-Authenticate, X-Request-Id, " +
		"X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Used, X-RateLimit-Reset"
	corsMaxAge = "7200" // seconds; browsers cap it there
)

// withCORS lets pages of the origins call next and read its answers ("Fetch", 3.3 CORS protocol); without origins, none.
// Credentials are never allowed: there are no cookies, and a page that has a token sends it in Authorization by itself. A
// preflight of any other origin is for refuse.
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
