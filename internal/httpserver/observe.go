package httpserver

import (
	"context"
	"io"
	"net/http"
	"time"

	"followgraph/internal/observe"
)

// withObserver reports each request to an observer, and adds the observer to the context. Without an observer it adds
// nothing.
func withObserver(observer observe.Observer, next http.Handler) http.Handler {
	if observer == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		body := &countedBody{ReadCloser: r.Body}
		seen := &recorder{ResponseWriter: w}
		ctx := observer.RequestBegins(observe.With(r.Context(), observer), r.Method, r.Header)
		r = r.WithContext(ctx)
		r.Body = body
		defer func() { // also if the handler panics
			observer.RequestEnds(ctx, observe.Request{
				Method: r.Method, Status: seen.status, Read: body.read, Sent: int64(seen.bytes), Took: time.Since(start),
			})
		}()
		next.ServeHTTP(seen, r)
	})
}

// countedBody counts the bytes read from the body of a request.
type countedBody struct {
	io.ReadCloser
	read int64
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	return n, err
}

// withObserverOf returns a context that has the observer of another one, if that has one.
func withObserverOf(ctx, other context.Context) context.Context {
	observer := observe.From(other)
	if observer == (observe.Nothing{}) {
		return ctx
	}
	return observe.With(ctx, observer)
}
