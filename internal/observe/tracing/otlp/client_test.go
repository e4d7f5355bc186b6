package otlp

import (
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
)

var spans = []*otlp.ResourceSpans{{ScopeSpans: []*otlp.ScopeSpans{{Spans: []*otlp.Span{{
	TraceId: []byte("0123456789abcdef"), SpanId: []byte("01234567"), Name: "query", EndTimeUnixNano: 7,
}}}}}}

// exporting returns a client of the receiver that retries without pauses.
func exporting(t *testing.T, receiver *httptest.Server, variables map[string]string) *client {
	t.Helper()
	e, _ := reading(variables)
	s, err := e.read(receiver.URL)
	require.NoError(t, err)
	c := newClient(s)
	c.firstRetry = time.Microsecond
	t.Cleanup(func() { require.NoError(t, c.Stop(context.Background())) })
	return c
}

// received decodes a request with the types of OpenTelemetry's own service.
func received(t *testing.T, r *http.Request) *collector.ExportTraceServiceRequest {
	t.Helper()
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Error(err)
			return nil
		}
		body = unzipped
	}
	content, err := io.ReadAll(body)
	var export collector.ExportTraceServiceRequest
	if err := errors.Join(err, proto.Unmarshal(content, &export)); err != nil {
		t.Error(err)
	}
	return &export
}

func TestRequest(t *testing.T) {
	t.Parallel()
	for _, compression := range []string{"none", "gzip"} {
		t.Run(compression, func(t *testing.T) {
			t.Parallel()
			requests := make(chan *http.Request, 1)
			exports := make(chan *collector.ExportTraceServiceRequest, 1)
			receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				exports <- received(t, r)
				requests <- r
			}))
			defer receiver.Close()
			c := exporting(t, receiver, map[string]string{"COMPRESSION": compression, "HEADERS": "api-key=secret,Content-Type=text/plain"})
			require.NoError(t, c.UploadTraces(t.Context(), spans))
			require.Empty(t, cmp.Diff(&collector.ExportTraceServiceRequest{ResourceSpans: spans}, <-exports, protocmp.Transform()))
			r := <-requests
			require.Equal(t, "POST /v1/traces", r.Method+" "+r.URL.Path)
			require.Equal(t, "application/x-protobuf", r.Header.Get("Content-Type"))
			require.Equal(t, "secret", r.Header.Get("Api-Key"))
			require.Contains(t, r.Header.Get("User-Agent"), "OTel-OTLP-Exporter-Go/")
		})
	}
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	write := func(partial *collector.ExportTracePartialSuccess) string {
		content, err := proto.Marshal(&collector.ExportTraceServiceResponse{PartialSuccess: partial})
		require.NoError(t, err)
		return string(content)
	}
	for name, test := range map[string]struct {
		statuses []int // of one request after the other
		body     string
		want     string // empty: no error
	}{
		"taken":            {[]int{200}, write(nil), ""},
		"accepted":         {[]int{202}, "", ""},
		"no message":       {[]int{200}, "\xff\xff\xff", ""},
		"cut off":          {[]int{200}, write(&collector.ExportTracePartialSuccess{RejectedSpans: 3})[:1], ""},
		"in part":          {[]int{200}, write(&collector.ExportTracePartialSuccess{RejectedSpans: 3, ErrorMessage: "too long"}), `the receiver rejected 3 spans: "too long"`},
		"with a warning":   {[]int{200}, write(&collector.ExportTracePartialSuccess{ErrorMessage: "old"}), `the receiver rejected 0 spans: "old"`},
		"refused":          {[]int{400}, " bad\n", `the receiver answered 400 Bad Request: "bad"`},
		"unknown fault":    {[]int{500}, "", `the receiver answered 500 Internal Server Error: ""`},
		"throttled":        {[]int{429, 503, 200}, "", ""},
		"between":          {[]int{502, 504, 200}, "", ""},
		"throttled, gone":  {[]int{429, 404}, "", `the receiver answered 404 Not Found: ""`},
		"partial, retried": {[]int{503, 200}, write(&collector.ExportTracePartialSuccess{RejectedSpans: 1}), `the receiver rejected 1 spans: ""`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int32
			receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if len(received(t, r).GetResourceSpans()) != 1 {
					t.Error("a repeated request has lost its spans")
				}
				w.Header().Set("Retry-After", "0") // asks for no pause, which is ignored
				w.WriteHeader(test.statuses[requests.Add(1)-1])
				_, _ = io.WriteString(w, test.body)
			}))
			defer receiver.Close()
			err := exporting(t, receiver, nil).UploadTraces(t.Context(), spans)
			if test.want == "" {
				require.NoError(t, err)
			} else {
				require.EqualError(t, err, test.want)
			}
			require.EqualValues(t, len(test.statuses), requests.Load())
		})
	}
}

// TestRetryAfter gives up at once if the receiver asks for a longer pause than the time limit for retries.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "4294967295")
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer receiver.Close()
	err := exporting(t, receiver, nil).UploadTraces(t.Context(), spans)
	require.EqualError(t, err, `the receiver answered 503 Service Unavailable: "": retry after 1h0m0s`)

	now := time.Date(2026, 11, 29, 8, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "soon": 0, "-1": 0, "7": 7 * time.Second, "99999999999": 0, "86400": time.Hour,
		now.Add(9 * time.Second).Format(http.TimeFormat): 9 * time.Second,
		now.Add(-time.Second).Format(http.TimeFormat):    0,
		now.AddDate(1, 0, 0).Format(http.TimeFormat):     time.Hour,
	} {
		require.Equal(t, want, retryAfter(http.Header{"Retry-After": {value}}, now), value)
	}
}

// TestTimeout retries a request that took too long.
func TestTimeout(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if requests.Add(1) == 1 {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		}
	}))
	defer receiver.Close()
	require.NoError(t, exporting(t, receiver, map[string]string{"TIMEOUT": "100"}).UploadTraces(t.Context(), spans))
	require.EqualValues(t, 2, requests.Load())
}

// TestUnreachable does not retry a refused connection, because the last traces of a server must not delay its shutdown.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	receiver := httptest.NewServer(http.NotFoundHandler())
	c := exporting(t, receiver, nil)
	c.firstRetry = time.Hour
	receiver.Close()
	require.ErrorContains(t, c.UploadTraces(t.Context(), spans), "connection refused")
}

// TestEnd cancels a request by its context and by Stop.
func TestEnd(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"canceled", "stopped", "canceled in a pause"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var c *client
			receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				switch how {
				case "canceled":
					cancel()
				case "stopped":
					_ = c.Stop(ctx)
				default:
					w.WriteHeader(http.StatusServiceUnavailable)
					return
				}
				<-r.Context().Done()
			}))
			defer receiver.Close()
			c = exporting(t, receiver, nil)
			c.firstRetry = time.Hour
			if how == "canceled in a pause" {
				c.http.Transport = closing{c.http.Transport, cancel}
			}
			err := c.UploadTraces(ctx, spans)
			if how == "canceled in a pause" {
				require.ErrorContains(t, err, "503")
			}
			require.ErrorIs(t, err, context.Canceled)
		})
	}
}

// closing calls closed after a response has been read.
type closing struct {
	http.RoundTripper
	closed func()
}

func (c closing) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := c.RoundTripper.RoundTrip(r)
	if err == nil {
		response.Body = closingBody{response.Body, c.closed}
	}
	return response, err
}

type closingBody struct {
	io.ReadCloser
	closed func()
}

func (b closingBody) Close() error {
	defer b.closed()
	return b.ReadCloser.Close()
}

// TestTLS trusts the configured authority and sends the configured client certificate.
func TestTLS(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "graph"}, NotAfter: time.Now().Add(time.Hour)}
	made, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	file := func(kind string, content []byte) string {
		name := filepath.Join(folder, strconv.Itoa(len(content))+".pem")
		require.NoError(t, os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600))
		return name
	}
	names := make(chan string, 1)
	receiver := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		names <- r.TLS.PeerCertificates[0].Subject.CommonName
	}))
	receiver.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS12}
	receiver.StartTLS()
	defer receiver.Close()

	require.ErrorContains(t, exporting(t, receiver, nil).UploadTraces(t.Context(), spans), "certificate")
	c := exporting(t, receiver, map[string]string{
		"CERTIFICATE":        file("CERTIFICATE", receiver.Certificate().Raw),
		"CLIENT_CERTIFICATE": file("CERTIFICATE", made), "CLIENT_KEY": file("PRIVATE KEY", private),
	})
	require.NoError(t, c.UploadTraces(t.Context(), spans))
	require.Equal(t, "graph", <-names)
}
