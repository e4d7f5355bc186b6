// Package otlp sends spans to a receiver by OTLP over HTTP, in binary Protocol Buffers.
//
// OpenTelemetry's own HTTP exporter links all of gRPC without using it. This package sends the requests;
// OpenTelemetry's package otlptrace does the rest, such as the encoding of spans.
package otlp

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Retries of requests, as in OpenTelemetry's own exporters.
const (
	firstRetry = 5 * time.Second
	maxRetry   = 30 * time.Second
	// retryFor is the maximum time from the first request to the last retry. Spans that the receiver has not accepted
	// by then are lost.
	retryFor = time.Minute
)

// New returns an exporter to the receiver at endpoint. Spans go to /v1/traces below it. If endpoint is empty, the
// variables of OpenTelemetry's specification name the receiver. Headers, certificates, compression and the timeout of a
// request always come from the variables. New logs and ignores a malformed variable, but returns an error for an
// invalid endpoint or certificate.
func New(ctx context.Context, endpoint string, getenv func(string) string, log *slog.Logger) (*otlptrace.Exporter, error) {
	settings, err := environment{getenv: getenv, log: log}.read(endpoint)
	if err != nil {
		return nil, err
	}
	return otlptrace.New(ctx, newClient(settings))
}

// client sends batches of spans: OTLP Specification, OTLP/HTTP.
type client struct {
	settings
	http       *http.Client
	firstRetry time.Duration
	stopped    context.Context // ends all requests
	stop       context.CancelFunc
}

var _ otlptrace.Client = (*client)(nil)

func newClient(s settings) *client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = s.tls
	stopped, stop := context.WithCancel(context.Background())
	return &client{
		settings:   s,
		http:       &http.Client{Transport: transport, Timeout: s.timeout},
		firstRetry: firstRetry,
		stopped:    stopped,
		stop:       stop,
	}
}

// Start implements [otlptrace.Client]. The client connects when there are spans to send.
func (c *client) Start(context.Context) error { return nil }

// Stop implements [otlptrace.Client]. It cancels running requests.
func (c *client) Stop(context.Context) error {
	c.stop()
	c.http.CloseIdleConnections()
	return nil
}

// UploadTraces implements [otlptrace.Client]. It returns when the receiver has accepted or rejected the spans, or after
// retrying for a minute.
func (c *client) UploadTraces(ctx context.Context, spans []*otlp.ResourceSpans) error {
	// TracesData has the same encoding as ExportTraceServiceRequest, whose package links gRPC.
	body, err := proto.Marshal(&otlp.TracesData{ResourceSpans: spans})
	if err != nil {
		return fmt.Errorf("encoding the spans: %w", err)
	}
	if c.gzip {
		body = compressed(body)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.stopped, cancel)() //nolint:contextcheck // Stop ends ctx, too

	var last error
	send := func() (struct{}, error) {
		last = c.send(ctx, body)
		return struct{}{}, last
	}
	intervals := backoff.NewExponentialBackOff()
	intervals.InitialInterval, intervals.MaxInterval = c.firstRetry, maxRetry
	_, err = backoff.Retry(ctx, send, backoff.WithBackOff(intervals), backoff.WithMaxElapsedTime(retryFor))
	if err != nil && !errors.Is(last, err) {
		return fmt.Errorf("%w: %w", err, last) // Retry reports only that the context ended
	}
	return err
}

// send makes one request. An error is permanent if a retry cannot succeed.
func (c *client) send(ctx context.Context, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.endpoint.String(), bytes.NewReader(body))
	if err != nil {
		return backoff.Permanent(err)
	}
	request.Header.Set("User-Agent", "OTel-OTLP-Exporter-Go/"+otlptrace.Version()+" followgraph")
	for name, values := range c.headers {
		request.Header[name] = values
	}
	request.Header.Set("Content-Type", "application/x-protobuf")
	if c.gzip {
		request.Header.Set("Content-Encoding", "gzip")
	}
	response, err := c.http.Do(request)
	if err != nil {
		if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
			return err
		}
		return backoff.Permanent(err)
	}
	defer response.Body.Close()
	return answer(response)
}

// maxAnswer is the maximum number of bytes to read of a response.
const maxAnswer = 64 << 10

// answer returns nil if the receiver accepted all spans, and otherwise an error.
func answer(response *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if response.StatusCode >= 200 && response.StatusCode <= 299 {
		if err != nil {
			return nil // the receiver accepted the spans, so an error in the rest of the response does not matter
		}
		return backoff.Permanent(rejected(body))
	}
	err = fmt.Errorf("the receiver answered %s: %.200q", response.Status, bytes.TrimSpace(body))
	switch response.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		// OTLP Specification, OTLP/HTTP Throttling. A pause shorter than the first retry's is ignored.
		if pause := retryAfter(response.Header, time.Now()); pause > firstRetry {
			return fmt.Errorf("%w: %w", err, &backoff.RetryAfterError{Duration: pause})
		}
		return err
	default:
		return backoff.Permanent(err)
	}
}

// retryAfter reads the Retry-After header (RFC 9110, section 10.2.3). It returns 0 without one, and at most an hour.
func retryAfter(header http.Header, now time.Time) time.Duration {
	value := header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 32); err == nil {
		return min(time.Duration(seconds)*time.Second, time.Hour)
	}
	if date, err := http.ParseTime(value); err == nil {
		return min(max(date.Sub(now), 0), time.Hour)
	}
	return 0
}

func compressed(body []byte) []byte {
	var out bytes.Buffer
	writer := gzip.NewWriter(&out)
	_, _ = writer.Write(body) // writing to a buffer never fails
	_ = writer.Close()
	return out.Bytes()
}
