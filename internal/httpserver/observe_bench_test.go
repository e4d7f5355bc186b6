package httpserver

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"followgraph/internal/observe"
	"followgraph/internal/observe/metrics"
	"followgraph/internal/observe/slowlog"
	"followgraph/internal/observe/tracing"
)

// BenchmarkObservedRequest measures the cost of observers, compared to BenchmarkRequest.
func BenchmarkObservedRequest(b *testing.B) {
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer receiver.Close()
	traces := func(ratio float64) observe.Observer {
		tracer, err := tracing.New(b.Context(), tracing.Options{Endpoint: receiver.URL, Ratio: ratio, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = tracer.Close(b.Context()) }) // unsent traces do not matter
		return tracer
	}
	slow := slowlog.New(time.Minute, slog.New(slog.DiscardHandler))
	for _, each := range []struct {
		name     string
		observer observe.Observer
	}{
		{"no observer", nil},
		{"slow operations", slow},
		{"metrics", observe.All(metrics.New(), slow)},
		{"metrics and a trace of each tenth", observe.All(metrics.New(), traces(0.1), slow)},
		{"metrics and a trace of each", observe.All(metrics.New(), traces(1), slow)},
	} {
		b.Run(each.name, func(b *testing.B) { benchmarkRequest(b, each.observer) })
	}
}
