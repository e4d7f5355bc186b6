package httpserver

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func askReady(t *testing.T, handler http.Handler) int {
	t.Helper()
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil))
	return answer.Code
}

// TestReadyInTime: the response takes less than two seconds, regardless of the check.
func TestReadyInTime(t *testing.T) {
	t.Parallel()
	for name, keepsToContext := range map[string]bool{"a check that ends with its context": true, "a check that hangs": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				mended := make(chan struct{})
				handler := readyz(func(ctx context.Context) error {
					if !keepsToContext {
						ctx = context.WithoutCancel(ctx)
					}
					select {
					case <-mended:
						return nil
					case <-ctx.Done():
						return ctx.Err()
					}
				}, slog.New(slog.DiscardHandler))
				for range 3 {
					began := time.Now()
					require.Equal(t, http.StatusServiceUnavailable, askReady(t, handler))
					require.Less(t, time.Since(began), 2*time.Second)
				}
				close(mended)
				synctest.Wait()
				<-time.After(readyAge)
				require.Equal(t, http.StatusOK, askReady(t, handler))
			})
		})
	}
}

// TestReadyIsShared: concurrent requests share one check, and a new one starts only after its result has expired.
func TestReadyIsShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var running, most, all atomic.Int32
		var fault atomic.Pointer[error]
		handler := readyz(func(context.Context) error {
			most.Store(max(most.Load(), running.Add(1)))
			defer running.Add(-1)
			all.Add(1)
			<-time.After(time.Millisecond)
			if err := fault.Load(); err != nil {
				return *err
			}
			return nil
		}, slog.New(slog.DiscardHandler))
		var crowd crowd
		for range 5 {
			crowd.send(handler, 200, func() *http.Request {
				return httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil)
			})
			<-time.After(10 * time.Millisecond)
		}
		crowd.running.Wait()
		require.Equal(t, int32(1), all.Load())
		<-time.After(readyAge)
		down := errors.New("the database is away")
		fault.Store(&down)
		require.Equal(t, http.StatusServiceUnavailable, askReady(t, handler))
		require.Equal(t, int32(1), most.Load())

		ctx, leave := context.WithCancel(t.Context())
		leave()
		fault.Store(nil)
		<-time.After(readyAge)
		gone := httptest.NewRecorder()
		handler.ServeHTTP(gone, httptest.NewRequestWithContext(ctx, http.MethodGet, "/readyz", nil))
		synctest.Wait()
		require.Equal(t, http.StatusOK, askReady(t, handler), "a client that disconnects does not end the check for others")
	})
}
