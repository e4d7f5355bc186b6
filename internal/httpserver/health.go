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

// healthz reports that the process responds. It does not check the database, because a restart would not repair that.
func healthz(w http.ResponseWriter, _ *http.Request) {
	writeText(w, http.StatusOK, "ok\n")
}

// Limited is an error of Options.Ready for a server that should get traffic although it cannot do everything, such as
// writes. /readyz responds 200 with its text, which is public.
type Limited string

// Error returns the text.
func (l Limited) Error() string { return string(l) }

// The time limit of /readyz, and the time for which its result is reused.
const (
	readyTimeout = 1500 * time.Millisecond
	readyAge     = 100 * time.Millisecond
)

// readiness shares one check between concurrent requests, so that any number of them takes one connection to the
// database.
type readiness struct {
	ask func(context.Context) error

	mu    sync.Mutex
	check *check // the last one; nil before the first
}

// check is one check and, after it has ended, its result.
type check struct {
	began time.Time
	ended chan struct{} // closed when err is set
	err   error
}

var errNotReadyInTime = fmt.Errorf("the check took longer than %s", readyTimeout)

// get returns nil if the server is ready. It returns within readyTimeout even if the check does not.
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

// current returns the check in progress, a recent result, or a new check.
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
	go r.check.run(context.WithoutCancel(ctx), r.ask) // requests that wait must not depend on the first one
	return r.check
}

func (c *check) run(ctx context.Context, ask func(context.Context) error) {
	defer close(c.ended)
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	c.err = ask(ctx)
}

// readyz reports whether the database is reachable and migrated. Status 503 stops load balancers from sending traffic.
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
	_, _ = io.WriteString(w, text) // an error means that the client has left
}
