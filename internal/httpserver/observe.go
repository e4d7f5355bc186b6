package httpserver

import (
	"io"
	"net/http"
	"time"

	"followgraph/internal/observe"
)

// withObserver tells an observer of every request, and puts it into the context for what goes on under it. Without one
// it adds nothing.
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
		defer func() { // also where the handler panics
			observer.RequestEnds(ctx, observe.Request{
				Method: r.Method, Status: seen.status, Read: body.read, Sent: int64(seen.bytes), Took: time.Since(start),
			})
		}()
		next.ServeHTTP(seen, r)
	})
}

// countedBody counts what is read of a request's body.
type countedBody struct {
	io.ReadCloser
	read int64
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	return n, err
}
