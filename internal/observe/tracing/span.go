package tracing

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"followgraph/internal/apperr"
	"followgraph/internal/observe"
)

// OperationBegins starts the span of an operation.
func (t *Tracer) OperationBegins(ctx context.Context) context.Context {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return ctx
	}
	ctx, _ = t.tracer.Start(ctx, "GraphQL operation")
	return ctx
}

// OperationEnds ends the span. A rejected operation has no span; its request's span gets the attributes.
func (t *Tracer) OperationEnds(ctx context.Context, o observe.Operation) {
	span := trace.SpanFromContext(ctx)
	if !span.IsRecording() {
		return
	}
	if o.Type != "" {
		span.SetAttributes(semconv.GraphQLOperationTypeKey.String(o.Type))
	}
	if o.Name != "" {
		span.SetAttributes(semconv.GraphQLOperationName(o.Name))
	}
	if o.Code != "" {
		span.SetAttributes(semconv.ErrorTypeKey.String(o.Code))
	}
	if o.Cost > 0 {
		span.SetAttributes(attribute.Int("followgraph.operation.cost", o.Cost))
	}
	if !o.Ran {
		return
	}
	// Semantic Conventions for GraphQL Server: "{graphql.operation.type} {graphql.operation.name}" if names have low
	// cardinality, otherwise only the type.
	name := o.Type
	if o.Name != "" {
		name += " " + o.Name
	}
	span.SetName(name)
	span.SetAttributes(attribute.Int("followgraph.operation.statements", o.Statements))
	switch apperr.Code(o.Code) {
	case apperr.Internal, apperr.DatabaseMismatch, apperr.Unavailable, apperr.Timeout:
		span.SetStatus(codes.Error, "")
	}
	span.End()
}

// BatchBegins starts the span of a batch of lookups.
func (t *Tracer) BatchBegins(ctx context.Context, b observe.Batch) context.Context {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return ctx
	}
	ctx, _ = t.tracer.Start(ctx, "batch "+b.Relation, trace.WithAttributes(
		attribute.String("followgraph.batch.relation", b.Relation), attribute.Int("followgraph.batch.keys", b.Keys)))
	return ctx
}

// BatchEnds ends the span.
func (t *Tracer) BatchEnds(ctx context.Context, _ observe.Batch, err error) { end(ctx, err) }

// GroupBegins starts the span of a group of writes. The span belongs to the trace of the first caller that is traced,
// and is linked once to the span of each other one.
func (t *Tracer) GroupBegins(ctx context.Context, g observe.Group) context.Context {
	options := []trace.SpanStartOption{trace.WithAttributes(attribute.Int("followgraph.group.writes", g.Keys))}
	seen := map[trace.SpanID]bool{}
	for _, caller := range g.Callers {
		span := trace.SpanFromContext(caller)
		id := span.SpanContext().SpanID()
		switch {
		case !span.SpanContext().IsSampled() || seen[id]:
			continue
		case len(seen) == 0:
			ctx = trace.ContextWithSpan(ctx, span)
		default:
			options = append(options, trace.WithLinks(trace.Link{SpanContext: span.SpanContext()}))
		}
		seen[id] = true
	}
	if len(seen) == 0 {
		return ctx
	}
	ctx, _ = t.tracer.Start(ctx, "group "+g.Name, options...)
	return ctx
}

// GroupEnds ends the span.
func (t *Tracer) GroupEnds(ctx context.Context, _ observe.Group, err error) { end(ctx, err) }

// end ends the span of ctx. It records only the code of the error, because the text may contain private values.
func end(ctx context.Context, err error) {
	span := trace.SpanFromContext(ctx)
	if err != nil {
		span.SetAttributes(semconv.ErrorTypeKey.String(string(apperr.CodeOf(err))))
		span.SetStatus(codes.Error, "")
	}
	span.End()
}

// Statement records the span of a statement, if its operation is traced. Statements of background work have none.
func (t *Tracer) Statement(ctx context.Context, s observe.Statement) {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return
	}
	// Semantic Conventions for Database Client Calls: the span has the name of its summary.
	_, span := t.tracer.Start(ctx, s.Name, trace.WithTimestamp(s.Begin), trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(semconv.DBSystemNamePostgreSQL, semconv.DBQuerySummary(s.Name)))
	if s.Failed != "" {
		span.SetAttributes(semconv.ErrorTypeKey.String(s.Failed))
		if isSQLState(s.Failed) {
			span.SetAttributes(semconv.DBResponseStatusCode(s.Failed))
		}
		span.SetStatus(codes.Error, "")
	}
	span.End(trace.WithTimestamp(s.End))
}

// isSQLState reports whether a failure is a SQLSTATE, which has five characters.
func isSQLState(failure string) bool { return len(failure) == 5 }
