// Package otlp sends spans to a receiver by OTLP over HTTP, in binary Protocol Buffers.
//
// It is here because OpenTelemetry's own exporter for HTTP links the whole of gRPC, of which it uses nothing. All but
// the requests themselves, such as the form of a span, is OpenTelemetry's package otlptrace.
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

// How requests are repeated: as OpenTelemetry's own exporters do.
const (
	firstRetry = 5 * time.Second
	maxRetry   = 30 * time.Second
	// retryFor bounds the time from the first request to the last. What the receiver has not taken by then is lost.
	retryFor = time.Minute
)

// New returns an exporter to the receiver at endpoint, below which spans go to /v1/traces. If endpoint is empty, the
// variables of OpenTelemetry's specification name the receiver. Headers, certificates, compression and the timeout of
// a request are always those of the variables. A variable that is malformed is logged and ignored, but an endpoint or
// a certificate that cannot be used is an error.
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
	stopped    context.Context // its end ends every request
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

// Start implements [otlptrace.Client]. Connections are made when there is something to send.
func (c *client) Start(context.Context) error { return nil }

// Stop implements [otlptrace.Client]: it ends the requests that are under way.
func (c *client) Stop(context.Context) error {
	c.stop()
	c.http.CloseIdleConnections()
	return nil
}

// UploadTraces implements [otlptrace.Client]. It returns when the receiver has taken the spans or refused them, or when
// it has been asked for a minute.
func (c *client) UploadTraces(ctx context.Context, spans []*otlp.ResourceSpans) error {
	// On the wire, TracesData is the same as ExportTraceServiceRequest, whose package links gRPC.
	body, err := proto.Marshal(&otlp.TracesData{ResourceSpans: spans})
	if err != nil {
		return fmt.Errorf("write the spans: %w", err)
	}
	if c.gzip {
		body = compressed(body)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.stopped, cancel)() //nolint:contextcheck // it joins the end of the client to that of ctx

	var last error
	send := func() (struct{}, error) {
		last = c.send(ctx, body)
		return struct{}{}, last
	}
	intervals := backoff.NewExponentialBackOff()
	intervals.InitialInterval, intervals.MaxInterval = c.firstRetry, maxRetry
	_, err = backoff.Retry(ctx, send, backoff.WithBackOff(intervals), backoff.WithMaxElapsedTime(retryFor))
	if err != nil && !errors.Is(last, err) {
		return fmt.Errorf("%w: %w", err, last) // Retry tells only that the context ended
	}
	return err
}

// send makes one request. An error that repeating it cannot mend is permanent.
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

// maxAnswer is how much of an answer is read, in bytes.
const maxAnswer = 64 << 10

// answer returns what the receiver's answer says of the spans: nil if it took all of them.
func answer(response *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if response.StatusCode >= 200 && response.StatusCode <= 299 {
		if err != nil {
			return nil // the spans were taken, whatever became of the rest of the answer
		}
		return backoff.Permanent(rejected(body))
	}
	err = fmt.Errorf("the receiver answered %s: %.200q", response.Status, bytes.TrimSpace(body))
	switch response.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		// OTLP Specification, OTLP/HTTP Throttling. A shorter pause than the first one would be no pause.
		if pause := retryAfter(response.Header, time.Now()); pause > firstRetry {
			return fmt.Errorf("%w: %w", err, &backoff.RetryAfterError{Duration: pause})
		}
		return err
	default:
		return backoff.Permanent(err)
	}
}

// retryAfter reads the header Retry-After (RFC 9110, section 10.2.3): 0 without one, at most an hour.
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
	_, _ = writer.Write(body) // a buffer takes everything
	_ = writer.Close()
	return out.Bytes()
}
