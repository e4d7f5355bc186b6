package httpserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"
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

// How long the answer of /readyz takes at most, and for how long it holds.
const (
	readyTimeout = 1500 * time.Millisecond
	readyAge     = 100 * time.Millisecond
)

// readiness asks whether the server is ready, once for all who ask at the same time: however many they are, they take one
// connection to the database.
type readiness struct {
	ask func(context.Context) error

	mu    sync.Mutex
	check *check // the last one; nil before the first
}

// check is one question, and its answer when it has ended.
type check struct {
	began time.Time
	ended chan struct{} // closed when err is there
	err   error
}

var errNotReadyInTime = fmt.Errorf("the check took longer than %s", readyTimeout)

// get returns nil where the server is ready. It returns in time also where the check does not.
func (r *readiness) get(ctx context.Context) error {
	check := r.current(ctx)
	late := time.NewTimer(time.Until(check.began.Add(readyTimeout)))
	defer late.Stop()
	select {
	case <-check.ended:
		return check.err
	case <-late.C:
		return errNotReadyInTime
	case <-ctx.Done():
		return ctx.Err()
	}
}

// current returns the check that is under way, or has just ended, or a new one.
func (r *readiness) current(ctx context.Context) *check {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.check != nil {
		select {
		case <-r.check.ended:
			if time.Since(r.check.began) < readyAge {
				return r.check
			}
		default:
			return r.check
		}
	}
	r.check = &check{began: time.Now(), ended: make(chan struct{})}
	go r.check.run(context.WithoutCancel(ctx), r.ask) // others may wait for it when the first one has left
	return r.check
}

func (c *check) run(ctx context.Context, ask func(context.Context) error) {
	defer close(c.ended)
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	c.err = ask(ctx)
}

// readyz says whether the database is reachable and migrated; 503 keeps traffic away until it is.
func readyz(ready func(context.Context) error, log *slog.Logger) http.Handler {
	known := &readiness{ask: ready}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := known.get(r.Context())
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
