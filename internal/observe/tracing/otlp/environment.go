package otlp

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// settings configure the requests to a receiver.
type settings struct {
	endpoint *url.URL
	headers  http.Header
	gzip     bool
	timeout  time.Duration // of one request
	tls      *tls.Config   // nil: the system's certificates
}

// defaultTimeout is the specification's default.
const defaultTimeout = 10 * time.Second

// environment reads the variables of OpenTelemetry's specification: OTLP Exporter Configuration.
type environment struct {
	getenv func(string) string
	log    *slog.Logger // receives the names of ignored variables, but not their values, which may be secret
}

// lookup returns the value and name of the variable for traces, or else of the one for all signals. An empty variable
// counts as unset (Environment Variable Specification, Parsing Empty Value).
func (e environment) lookup(what string) (name, value string) {
	for _, name := range []string{"OTEL_EXPORTER_OTLP_TRACES_" + what, "OTEL_EXPORTER_OTLP_" + what} {
		if value := strings.TrimSpace(e.getenv(name)); value != "" {
			return name, value
		}
	}
	return "", ""
}

func (e environment) ignored(name, reason string) {
	e.log.Warn("variable ignored", "variable", name, "reason", reason)
}

// read returns the settings for the receiver at base, or if base is empty, for the receiver that the variables name.
func (e environment) read(base string) (settings, error) {
	s := settings{headers: e.headers(), timeout: e.timeout(), gzip: e.gzip()}
	e.checkProtocol()
	var err error
	if s.endpoint, err = e.endpoint(base); err != nil {
		return settings{}, err
	}
	if s.endpoint.Scheme == "https" {
		s.tls, err = e.tls()
	}
	return s, err
}

// endpoint returns the URL of requests. It appends v1/traces to a URL that is not only for traces.
func (e environment) endpoint(base string) (*url.URL, error) {
	name, forTraces := "the endpoint", false
	if base == "" {
		name, base = e.lookup("ENDPOINT")
		forTraces = strings.Contains(name, "_TRACES_")
	}
	endpoint, err := url.Parse(base)
	if err != nil || endpoint.Host == "" || endpoint.Scheme != "http" && endpoint.Scheme != "https" {
		// The parser's error quotes the URL, which may contain a password.
		return nil, fmt.Errorf("%s must be an http or https URL", name)
	}
	if !forTraces {
		return endpoint.JoinPath("v1/traces"), nil
	}
	if endpoint.Path == "" {
		endpoint.Path = "/"
	}
	return endpoint, nil
}

// headers parses pairs such as key1=value1,key2=value2 with percent-encoded values (W3C Baggage, section 3.3.1).
func (e environment) headers() http.Header {
	headers := http.Header{}
	name, list := e.lookup("HEADERS")
	if list == "" {
		return headers
	}
	for pair := range strings.SplitSeq(list, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		key, encoded, found := strings.Cut(pair, "=")
		key = strings.TrimSpace(key)
		value, err := url.PathUnescape(strings.TrimSpace(encoded))
		if !found || err != nil || !isToken(key) || !isFieldValue(value) {
			e.ignored(name, "a header in it is not of the form key=value")
			continue
		}
		headers.Set(key, value)
	}
	return headers
}

// isToken reports whether name is a valid name of a header (RFC 9110, section 5.6.2).
func isToken(name string) bool {
	const others = "!#$%&'*+-.^_`|~"
	return name != "" && !strings.ContainsFunc(name, func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && !strings.ContainsRune(others, c)
	})
}

// isFieldValue reports whether value is a valid value of a header: it has no control character except tabs (RFC 9110,
// section 5.5).
func isFieldValue(value string) bool {
	return !strings.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f })
}

func (e environment) timeout() time.Duration {
	name, value := e.lookup("TIMEOUT")
	if value == "" {
		return defaultTimeout
	}
	milliseconds, err := strconv.ParseUint(value, 10, 31)
	if err != nil || milliseconds == 0 {
		e.ignored(name, "it is not a number of milliseconds")
		return defaultTimeout
	}
	return time.Duration(milliseconds) * time.Millisecond
}

func (e environment) gzip() bool {
	name, value := e.lookup("COMPRESSION")
	switch value {
	case "gzip":
		return true
	case "", "none":
	default:
		e.ignored(name, "gzip and none are known")
	}
	return false
}

func (e environment) checkProtocol() {
	if name, value := e.lookup("PROTOCOL"); value != "" && value != "http/protobuf" {
		e.ignored(name, "traces are sent by http/protobuf")
	}
}

// tls returns nil if no certificate is configured.
func (e environment) tls() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	authorities, file := e.lookup("CERTIFICATE")
	if file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", authorities, err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s: %s contains no certificate in PEM", authorities, file)
		}
	}
	certificate, certificateFile := e.lookup("CLIENT_CERTIFICATE")
	key, keyFile := e.lookup("CLIENT_KEY")
	switch {
	case certificateFile == "" && keyFile == "":
	case certificateFile == "" || keyFile == "":
		return nil, errors.New("a client certificate for traces needs both OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY")
	default:
		pair, err := tls.LoadX509KeyPair(certificateFile, keyFile)
		if err != nil {
			return nil, fmt.Errorf("%s and %s: %w", certificate, key, err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	if config.RootCAs == nil && config.Certificates == nil {
		return nil, nil //nolint:nilnil // the default of http.Transport
	}
	return config, nil
}
