package httpserver

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"time"
)

// recorder records status and size of a response.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
		dropPersonal(r.Header())
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.WriteHeader(http.StatusOK)
	}
	n, err := r.ResponseWriter.Write(p)
	r.bytes += n
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// withLog logs one line per request, with its origin and, if it has a valid token, its caller. The query string is not
// logged, because it may contain variables of a document. It must be inside withRequestID.
func withLog(log *slog.Logger, proxies Proxies, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		seen := &recorder{ResponseWriter: w}
		ctx := r.Context()
		from := &aboutOf(ctx).sender
		from.address = proxies.address(r)
		defer func() {
			if !log.Enabled(ctx, slog.LevelInfo) {
				return
			}
			line := []slog.Attr{
				slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Int("status", seen.status),
				slog.Int("bytes", seen.bytes), slog.Duration("duration", time.Since(start)),
			}
			if from.address.IsValid() {
				line = append(line, slog.String("address", from.address.String()))
			}
			if from.caller != "" {
				line = append(line, slog.String("caller", from.caller))
			}
			if from.problem != "" {
				line = append(line, slog.String("problem", from.problem))
			}
			log.LogAttrs(ctx, slog.LevelInfo, "request", line...)
		}()
		next.ServeHTTP(seen, r)
	})
}

// sender is the origin of a request in its log line.
type sender struct {
	address netip.Addr
	caller  string // a Cognito id; empty without a valid token
	problem string // a mistake in the configuration of client or server; empty for none
}

// noteProblem records why the request of ctx failed, if no person sees the response.
func noteProblem(ctx context.Context, problem string) {
	if request := aboutOf(ctx); request != nil {
		request.problem = problem
	}
}

// noteCaller records the caller of the request of ctx.
func noteCaller(ctx context.Context, cognitoID string) {
	if request := aboutOf(ctx); request != nil {
		request.caller = cognitoID
	}
}

// withRecovery turns a panic of a handler into status 500. Resolvers have a separate recovery, so this is the last
// resort.
func withRecovery(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		defer func() {
			fault := recover()
			if fault == nil {
				return
			}
			if err, ok := fault.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(fault) // net/http's way to drop a connection
			}
			log.ErrorContext(ctx, "panic in a handler", "panic", fault, "stack", string(debug.Stack()))
			writeText(w, http.StatusInternalServerError, "internal error: the server's log has it under this request's id\n")
		}()
		next.ServeHTTP(w, r)
	})
}
