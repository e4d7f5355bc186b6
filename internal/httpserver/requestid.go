package httpserver

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"regexp"
)

const requestIDHeader = "X-Request-Id"

type aboutKey struct{}

// about is what the log says of a request.
type about struct {
	id string
	sender
}

// aboutOf returns what the log says of the request of ctx, nil outside of a request.
func aboutOf(ctx context.Context) *about {
	request, _ := ctx.Value(aboutKey{}).(*about)
	return request
}

// validRequestID matches the ids of clients that cannot corrupt a log.
var validRequestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// withRequestID gives each request an id: the client's if it is valid, or a random one. The response repeats it.
func withRequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(requestIDHeader)
		if id == "" || !validRequestID.MatchString(id) {
			id = rand.Text()
		}
		w.Header()[requestIDHeader] = []string{id}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), aboutKey{}, &about{id: id})))
	})
}

// LogHandler adds the request id to each record that is logged with a request's context.
type LogHandler struct{ slog.Handler }

// Handle adds the id and passes the record on.
func (h LogHandler) Handle(ctx context.Context, record slog.Record) error {
	if request := aboutOf(ctx); request != nil {
		record.AddAttrs(slog.String("request_id", request.id))
	}
	return h.Handler.Handle(ctx, record)
}

// WithAttrs returns a LogHandler.
func (h LogHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return LogHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup returns a LogHandler.
func (h LogHandler) WithGroup(name string) slog.Handler {
	return LogHandler{h.Handler.WithGroup(name)}
}
