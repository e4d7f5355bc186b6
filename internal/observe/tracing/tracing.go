// Package tracing makes OpenTelemetry spans of what the server does, and exports them by OTLP.
package tracing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"followgraph/internal/observe"
	"followgraph/internal/observe/tracing/otlp"
)

// Options say what is traced, and where it goes.
type Options struct {
	// Endpoint is the URL of an OTLP/HTTP receiver, such as http://127.0.0.1:4318; spans go to /v1/traces below it. Where it
	// is empty, the variables of OpenTelemetry's specification (OTLP Exporter Configuration) say where, and in any case
	// with which headers, certificates and timeout.
	Endpoint string
	// Ratio is the part of requests that are traced, 0 to 1.
	Ratio float64
	// TrustParents has a request's header traceparent (W3C Trace Context) decide whether it is traced, and makes its spans
	// part of the caller's trace. Without it a request begins a trace of its own that is linked to the caller's: else any
	// client could have all its requests traced.
	TrustParents bool
	Log          *slog.Logger // gets the faults of exporting
}

// Tracer is an observer that makes spans. What it tells of an operation is bounded: never a variable, a text of a
// client's, a token or a private field.
type Tracer struct {
	observe.Nothing
	provider     *sdk.TracerProvider
	tracer       trace.Tracer
	trustParents bool
}

var _ observe.Observer = (*Tracer)(nil)

// New makes a Tracer that exports until Close.
func New(ctx context.Context, opts Options) (*Tracer, error) {
	exporter, err := otlp.New(ctx, opts.Endpoint, os.Getenv, opts.Log)
	if err != nil {
		return nil, fmt.Errorf("exporting traces: %w", err)
	}
	// OpenTelemetry has one handler for the whole process, which left to itself writes to standard error.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		opts.Log.Warn("traces were lost", "error", err)
	}))
	return newTracer(ctx, opts, sdk.WithBatcher(exporter))
}

func newTracer(ctx context.Context, opts Options, export sdk.TracerProviderOption) (*Tracer, error) {
	described, err := resource.New(ctx,
		resource.WithTelemetrySDK(),
		resource.WithAttributes(semconv.ServiceName("followgraph")),
		resource.WithFromEnv(), // last: OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win
	)
	if err != nil && !errors.Is(err, resource.ErrPartialResource) {
		return nil, fmt.Errorf("the resource of traces: %w", err)
	}
	sampler := sdk.ParentBased(sdk.TraceIDRatioBased(opts.Ratio))
	provider := sdk.NewTracerProvider(export, sdk.WithResource(described), sdk.WithSampler(sampler))
	return &Tracer{
		provider:     provider,
		tracer:       provider.Tracer("followgraph"),
		trustParents: opts.TrustParents,
	}, nil
}

// Close exports what has not been yet, for as long as ctx allows.
func (t *Tracer) Close(ctx context.Context) error {
	if err := t.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("the last traces were lost: %w", err)
	}
	return nil
}

// route is where requests that are told of go to.
const route = "/graphql"

// RequestBegins starts the span of a request.
func (t *Tracer) RequestBegins(ctx context.Context, method string, header http.Header) context.Context {
	name := method + " " + route // Semantic Conventions for HTTP Spans, Name
	if !isKnown(method) {
		name, method = "HTTP "+route, semconv.HTTPRequestMethodOther.Value.AsString()
	}
	callers := propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(header))
	options := []trace.SpanStartOption{
		trace.WithSpanKind(trace.SpanKindServer),
		trace.WithAttributes(semconv.HTTPRequestMethodKey.String(method), semconv.HTTPRoute(route), semconv.URLPath(route)),
	}
	if t.trustParents {
		ctx = callers
	} else if link := trace.LinkFromContext(callers); link.SpanContext.IsValid() {
		options = append(options, trace.WithLinks(link))
	}
	ctx, _ = t.tracer.Start(ctx, name, options...)
	return ctx
}

// RequestEnds ends it.
func (t *Tracer) RequestEnds(ctx context.Context, r observe.Request) {
	span := trace.SpanFromContext(ctx)
	if r.Status != 0 {
		span.SetAttributes(semconv.HTTPResponseStatusCode(r.Status))
	}
	if r.Status >= http.StatusInternalServerError {
		span.SetStatus(codes.Error, "")
	}
	span.End()
}

// isKnown tells whether a method is one of few: clients may send any.
func isKnown(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions:
		return true
	default:
		return false
	}
}
