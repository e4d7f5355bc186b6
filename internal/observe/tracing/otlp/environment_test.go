package otlp

import (
	"bytes"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// reading returns an environment of variables whose names are given without OTEL_EXPORTER_OTLP_.
func reading(variables map[string]string) (environment, *bytes.Buffer) {
	var log bytes.Buffer
	named := map[string]string{}
	for name, value := range variables {
		named["OTEL_EXPORTER_OTLP_"+name] = value
	}
	getenv := func(name string) string { return named[name] }
	return environment{getenv: getenv, log: slog.New(slog.NewTextHandler(&log, nil))}, &log
}

func TestEndpoint(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		base      string
		variables map[string]string
		want      string
	}{
		"given":              {"http://127.0.0.1:4318", nil, "http://127.0.0.1:4318/v1/traces"},
		"given with path":    {"https://collector.example/otlp/", nil, "https://collector.example/otlp/v1/traces"},
		"given before named": {"http://a", map[string]string{"TRACES_ENDPOINT": "http://b"}, "http://a/v1/traces"},
		"for all":            {"", map[string]string{"ENDPOINT": "http://b:1/base"}, "http://b:1/base/v1/traces"},
		"for traces":         {"", map[string]string{"ENDPOINT": "http://b:1", "TRACES_ENDPOINT": "https://c/in?x=1"}, "https://c/in?x=1"},
		"for traces, bare":   {"", map[string]string{"TRACES_ENDPOINT": "https://c"}, "https://c/"},
		"empty is not set":   {"", map[string]string{"ENDPOINT": "http://b", "TRACES_ENDPOINT": " "}, "http://b/v1/traces"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, log := reading(test.variables)
			s, err := e.read(test.base)
			require.NoError(t, err)
			require.Equal(t, test.want, s.endpoint.String())
			require.Empty(t, log.String())
		})
	}
	for _, wrong := range []string{"", "collector:4318", "grpc://collector", "http://", "http://user:secret@bad host"} {
		e, _ := reading(map[string]string{"TRACES_ENDPOINT": wrong})
		_, err := e.read("")
		require.ErrorContains(t, err, "must be an http or https URL")
		require.NotContains(t, err.Error(), "secret")
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		variables map[string]string
		headers   http.Header
		gzip      bool
		timeout   time.Duration
		ignored   []string
	}{
		"none": {nil, http.Header{}, false, 10 * time.Second, nil},
		"for all": {
			map[string]string{"HEADERS": "api-key=s%20e=c, X-Team = graph ,", "COMPRESSION": "gzip", "TIMEOUT": "250", "PROTOCOL": "http/protobuf"},
			http.Header{"Api-Key": {"s e=c"}, "X-Team": {"graph"}}, true, 250 * time.Millisecond, nil,
		},
		"for traces": {
			map[string]string{
				"HEADERS": "a=1", "TRACES_HEADERS": "b=2", "COMPRESSION": "gzip", "TRACES_COMPRESSION": "none",
				"TIMEOUT": "1", "TRACES_TIMEOUT": "2000",
			},
			http.Header{"B": {"2"}}, false, 2 * time.Second, nil,
		},
		"malformed": {
			map[string]string{
				"HEADERS": "secret,good=1,bad name=secret,=secret,x=%0d%0asecret: 1,y=%zzsecret", "COMPRESSION": "secret",
				"TRACES_TIMEOUT": "-secret", "PROTOCOL": "grpc",
			},
			http.Header{"Good": {"1"}}, false, 10 * time.Second,
			[]string{"OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_COMPRESSION", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_PROTOCOL"},
		},
		"no time at all": {map[string]string{"TIMEOUT": "0"}, http.Header{}, false, 10 * time.Second, []string{"OTEL_EXPORTER_OTLP_TIMEOUT"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, log := reading(test.variables)
			s, err := e.read("http://collector")
			require.NoError(t, err)
			require.Equal(t, test.headers, s.headers)
			require.Equal(t, test.gzip, s.gzip)
			require.Equal(t, test.timeout, s.timeout)
			for _, variable := range test.ignored {
				require.Contains(t, log.String(), "variable="+variable+" ")
			}
			require.Equal(t, len(test.ignored) == 0, log.Len() == 0)
			require.NotContains(t, log.String(), "secret")
		})
	}
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty.pem")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	for name, test := range map[string]struct {
		variables map[string]string
		want      string
	}{
		"none":               {map[string]string{}, ""},
		"missing":            {map[string]string{"CERTIFICATE": empty + "x"}, "OTEL_EXPORTER_OTLP_CERTIFICATE: open"},
		"no certificate":     {map[string]string{"TRACES_CERTIFICATE": empty}, "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: " + empty + " contains no certificate in PEM"},
		"half of a client's": {map[string]string{"CLIENT_KEY": empty}, "needs both"},
		"no client's":        {map[string]string{"CLIENT_CERTIFICATE": empty, "CLIENT_KEY": empty}, "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, _ := reading(test.variables)
			s, err := e.read("https://collector")
			if test.want != "" {
				require.ErrorContains(t, err, test.want)
				return
			}
			require.NoError(t, err)
			require.Nil(t, s.tls)
		})
	}
}
