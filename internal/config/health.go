package config

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// Health is the configuration of `followgraph health`. It takes the flags of serve that decide how the server is
// reached, so that the same environment configures both.
type Health struct {
	URL          string        // of the server; empty: derived from Listen
	Listen       string        // as Serve.Listen
	AllowedHosts []string      // as Serve.AllowedHosts; the first one is the host of the request
	Ready        bool          // ask /readyz instead of /healthz
	Timeout      time.Duration // of the whole check
}

// Flags defines the flags of Health, with their defaults.
func (h *Health) Flags(flags *pflag.FlagSet) {
	flags.StringVar(&h.URL, "url", "", "URL of the server, such as http://127.0.0.1:8080 (default: the address of --listen on this machine)")
	listenFlag(flags, &h.Listen)
	hostFlags(flags, &h.AllowedHosts)
	flags.BoolVar(&h.Ready, "ready", false, "ask /readyz, which checks the database too, instead of /healthz")
	flags.DurationVar(&h.Timeout, "timeout", 4*time.Second, "time limit of the check, longer than 0 and at most 1m")
}

// Validate returns an error that names every invalid flag of Health.
func (h *Health) Validate() error {
	_, port, err := net.SplitHostPort(h.Listen)
	parsed, urlErr := url.Parse(h.URL)
	return errors.Join(
		when(h.URL == "" && err != nil, "--listen must be host:port, not %q", h.Listen),
		when(h.URL == "" && port == "0", "--listen %s selects a free port: set --url to the address that the server printed", h.Listen),
		// The URL is not repeated, because it may contain a password.
		when(h.URL != "" && (urlErr != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Host == "" || parsed.User != nil ||
			strings.Trim(parsed.Path, "/") != "" || parsed.RawQuery != "" || parsed.Fragment != ""),
			"--url must be the URL of a server without a path or a user, such as http://127.0.0.1:8080"),
		validateHosts(h.AllowedHosts),
		when(h.Timeout <= 0 || h.Timeout > time.Minute, "--timeout must be longer than 0 and at most 1m, not %s", h.Timeout),
	)
}

// Target returns the URL to request, and the host to request it for; an empty host is that of the URL. Call it after
// Validate.
func (h *Health) Target() (target, host string) {
	base := strings.TrimRight(h.URL, "/")
	if base == "" {
		base = "http://" + localAddress(h.Listen)
		if len(h.AllowedHosts) > 0 {
			host = h.AllowedHosts[0]
		}
	}
	if h.Ready {
		return base + "/readyz", host
	}
	return base + "/healthz", host
}

// localAddress returns the address at which a server that listens on listen is reached from its own machine.
func localAddress(listen string) string {
	host, port, _ := net.SplitHostPort(listen) // Validate has checked it
	address, err := netip.ParseAddr(host)
	switch {
	case host == "" || err == nil && address == netip.IPv4Unspecified():
		host = "127.0.0.1"
	case err == nil && address.IsUnspecified():
		host = "::1"
	}
	return net.JoinHostPort(host, port)
}
