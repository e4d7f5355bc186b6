// Package tracing records OpenTelemetry spans and exports them by OTLP.
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

// Options configure a Tracer.
type Options struct {
	// Endpoint is the URL of an OTLP/HTTP receiver, such as http://127.0.0.1:4318. Spans go to /v1/traces below it. If
	// it is empty, the variables of OpenTelemetry's specification (OTLP Exporter Configuration) name the receiver.
	// Headers, certificates and timeout always come from those variables.
	Endpoint string
	// Ratio is the fraction of requests that are traced, 0 to 1.
	Ratio float64
	// TrustParents lets a request's traceparent header (W3C Trace Context) decide whether it is traced, and adds its
	// spans to the caller's trace. Otherwise a request starts a separate trace that is linked to the caller's, because
	// any client could have all its requests traced.
	TrustParents bool
	Log          *slog.Logger // receives errors of the export
}

// Tracer is an observer that records spans. Spans contain no variable, client text, token or private field.
type Tracer struct {
	observe.Nothing
	provider     *sdk.TracerProvider
	tracer       trace.Tracer
	trustParents bool
}

var _ observe.Observer = (*Tracer)(nil)

// New returns a Tracer that exports spans until Close.
func New(ctx context.Context, opts Options) (*Tracer, error) {
	exporter, err := otlp.New(ctx, opts.Endpoint, os.Getenv, opts.Log)
	if err != nil {
		return nil, fmt.Errorf("exporting traces: %w", err)
	}
	// OpenTelemetry has one error handler per process. Its default writes to standard error.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		opts.Log.Warn("traces were lost", "error", err)
	}))
	return newTracer(ctx, opts, sdk.WithBatcher(exporter))
}

func newTracer(ctx context.Context, opts Options, export sdk.TracerProviderOption) (*Tracer, error) {
	server, err := resource.New(ctx,
		resource.WithTelemetrySDK(),
		resource.WithAttributes(semconv.ServiceName("followgraph")),
		resource.WithFromEnv(), // last, so that OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES take precedence
	)
	if err != nil && !errors.Is(err, resource.ErrPartialResource) {
		return nil, fmt.Errorf("describing the server in traces: %w", err)
	}
	sampler := sdk.ParentBased(sdk.TraceIDRatioBased(opts.Ratio))
	provider := sdk.NewTracerProvider(export, sdk.WithResource(server), sdk.WithSampler(sampler))
	return &Tracer{
		provider:     provider,
		tracer:       provider.Tracer("followgraph"),
		trustParents: opts.TrustParents,
	}, nil
}

// Close exports the remaining spans until ctx ends.
func (t *Tracer) Close(ctx context.Context) error {
	if err := t.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("the last traces were lost: %w", err)
	}
	return nil
}

// route is the path of all observed requests.
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

// RequestEnds ends the span.
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

// isKnown reports whether a method is one of the expected ones. Clients can send any method.
func isKnown(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions:
		return true
	default:
		return false
	}
}
