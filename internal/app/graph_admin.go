package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"followgraph/internal/commit"
	"followgraph/internal/httpserver"
)

// AdminURL is the address of a server's listener for operators. It is a flag's value.
type AdminURL struct{ base string }

func (a *AdminURL) isZero() bool { return a.base == "" }

// String returns the address; empty for none.
func (a *AdminURL) String() string { return a.base }

// Type names the form of the value.
func (a *AdminURL) Type() string { return "URL" }

// Set parses the address, such as http://127.0.0.1:9090.
func (a *AdminURL) Set(text string) error {
	parsed, err := url.Parse(text)
	if err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Host == "" || parsed.User != nil ||
		strings.Trim(parsed.Path, "/") != "" || parsed.RawQuery != "" || parsed.Fragment != "" {
		return errors.New("it must be the URL of a server's --admin-listen, such as http://127.0.0.1:9090")
	}
	a.base = parsed.Scheme + "://" + parsed.Host
	return nil
}

// dumpWait is how long the server may take to begin its answer. It gives up earlier, with a reason.
const dumpWait = 3 * time.Minute

// openGraph asks the server for a dump of its graph.
func (a *AdminURL) openGraph(ctx context.Context) (_ *graphSource, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.base+httpserver.GraphDumpPath, nil)
	if err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = dumpWait
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("--admin: the server does not answer: %w", err)
	}
	defer func() {
		if err != nil {
			_ = response.Body.Close() // it was only read
		}
	}()
	if response.StatusCode != http.StatusOK {
		return nil, a.refused(response)
	}
	if kind := response.Header.Get("Content-Type"); kind != httpserver.GraphDumpType {
		return nil, fmt.Errorf("--admin: %s is not the listener for operators of a server of this version: it answers with %q", a.base, kind)
	}
	position, err := commit.Parse(response.Header.Get(httpserver.PositionHeader))
	if err != nil {
		return nil, fmt.Errorf("--admin: the answer of the server: %w", err)
	}
	return &graphSource{
		what: "the memory of " + a.base, position: position, snapshot: response.Header.Get(httpserver.SnapshotHeader),
		dump:  func(context.Context) (io.ReadCloser, error) { return response.Body, nil },
		close: func() { _ = response.Body.Close() }, // it was only read
	}, nil
}

// refusalShown is how many bytes of an error of the server are shown.
const refusalShown = 1000

// refused returns the error for an answer that is not a dump.
func (a *AdminURL) refused(response *http.Response) error {
	text, err := io.ReadAll(io.LimitReader(response.Body, refusalShown))
	if err != nil {
		return fmt.Errorf("--admin: the answer of the server: %w", err)
	}
	said := strings.TrimSpace(string(text))
	if response.StatusCode == http.StatusNotFound {
		return fmt.Errorf("--admin: %s has no %s: it is not the --admin-listen of a server, or that server is older", a.base, httpserver.GraphDumpPath)
	}
	return fmt.Errorf("--admin: the server answers %s: %s", response.Status, said)
}
