package httpserver

import (
	"net/http"
	"path"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"followgraph/internal/apperr"
	"followgraph/internal/observe/meter"
)

// endpoint is the only path of GraphQL.
const endpoint = "/graphql"

// usual are the last path elements under which other servers serve GraphQL.
var usual = []string{"graphql", "gql", "query"}

var errElsewhere = badRequest(http.StatusNotFound, "there is no GraphQL endpoint at this address: send operations to %s", endpoint)

// elsewhere serves all paths without another handler. A request that looks like an operation gets an error in the form
// of GraphQL that names the right path. All other requests go to next.
func (h *graphQL) elsewhere(origins []string, next http.Handler) http.Handler {
	misdirected := withCORS(origins, h.preflight, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.reply(w, r, errElsewhere)
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		isUsual := slices.Contains(usual, path.Base(r.URL.Path))
		switch {
		case isUsual && h.playground && isOpened(r):
			leadToPlayground(w)
		case isUsual, r.Method == http.MethodPost, isPreflight(r):
			misdirected.ServeHTTP(w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// reply refuses a request without reading its body.
func (h *graphQL) reply(w http.ResponseWriter, r *http.Request, refused *refusal) {
	ctx, _ := meter.With(graphql.StartOperationTrace(r.Context()))
	accepts, _ := negotiate(r.Header["Accept"]) // the error is sent even if the client accepts no type of it
	write(w, r, h.refuse(ctx, w.Header(), accepts.mediaType, refused))
}

// isOpened reports whether a browser navigates to an address: it accepts HTML, which GraphQL clients do not name, and
// sends no query.
func isOpened(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead || r.URL.RawQuery != "" {
		return false
	}
	var page, answer float64
	for each := range preferences(r.Header["Accept"]) {
		switch each.name {
		case "text/html":
			page = max(page, each.weight)
		case graphqlResponse, plainJSON:
			answer = max(answer, each.weight)
		}
	}
	return page > answer
}

func leadToPlayground(w http.ResponseWriter) {
	w.Header().Add("Vary", "Accept")
	w.Header().Set("Cache-Control", keepNot)
	w.Header().Set("Location", "/playground")
	w.WriteHeader(http.StatusFound)
}

// preflight refuses a CORS preflight of an origin that may not call the API ("Fetch", 3.3 CORS protocol). The browser
// shows its page only that the request failed. The response and the log tell a developer the reason.
func (h *graphQL) preflight(w http.ResponseWriter, r *http.Request) {
	origin := r.Header.Get("Origin")
	noteProblem(r.Context(), "no --cors-origin for "+origin[:min(len(origin), maxOrigin)])
	h.reply(w, r, errOrigin)
}

// maxOrigin limits what the log repeats of an origin, in bytes.
const maxOrigin = 200

var errOrigin = &refusal{status: http.StatusForbidden, err: apperr.New(apperr.Forbidden, "pages of this origin may not call the API: the server's operator can allow it with --cors-origin")}

// isPreflight reports whether a request is a CORS preflight.
func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != ""
}
