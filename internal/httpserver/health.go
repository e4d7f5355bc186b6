package httpserver

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
)

// healthz says that the process answers, nothing more: restarting it would not mend a database.
func healthz(w http.ResponseWriter, _ *http.Request) {
	writeText(w, http.StatusOK, "ok\n")
}

// Limited is an error of Options.Ready about a server that should get traffic although it cannot do everything, such as
// writes. /readyz answers 200 with its text, which everybody may see.
type Limited string

// Error is the text.
func (l Limited) Error() string { return string(l) }

// readyz says whether the database is reachable and migrated; 503 keeps traffic away until it is.
func readyz(ready func(context.Context) error, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := ready(r.Context())
		if limited, ok := errors.AsType[Limited](err); ok {
			log.WarnContext(r.Context(), "ready, with limits", "error", limited)
			writeText(w, http.StatusOK, "ready, but "+limited.Error()+"\n")
			return
		}
		if err != nil {
			log.WarnContext(r.Context(), "not ready", "error", err)
			writeText(w, http.StatusServiceUnavailable, "not ready: the log says why\n")
			return
		}
		writeText(w, http.StatusOK, "ready\n")
	})
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // a client that left cannot be told
}
