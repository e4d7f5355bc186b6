package httpserver

import (
	"bytes"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/internal/apperr"
)

// Hosts are the names of a listener. They prevent DNS rebinding: a page of another site can resolve its own name to
// this server, and the browser then sends that name as Host. A nil Hosts accepts every name.
type Hosts struct {
	names     map[string]bool     // in lower case, without the root dot
	addresses map[netip.Addr]bool // never IPv4 mapped to IPv6
}

// NewHosts returns the names of a listener. A listener on a loopback address accepts localhost, 127.0.0.1, [::1] and
// the allowed names or addresses, in the form of ParseHost. Any other listener accepts the allowed ones, or every name
// if there are none. Both also accept the address to which a connection was made: a browser sends it only for pages of
// that address.
func NewHosts(listener net.Addr, allowed []string) *Hosts {
	tcp, ok := listener.(*net.TCPAddr)
	isLoopback := ok && tcp.IP.IsLoopback()
	if !isLoopback && len(allowed) == 0 {
		return nil
	}
	hosts := &Hosts{names: map[string]bool{}, addresses: map[netip.Addr]bool{}}
	if isLoopback {
		allowed = append([]string{"localhost", "127.0.0.1", "::1"}, allowed...)
	}
	for _, each := range allowed {
		if name, address, ok := ParseHost(each); ok {
			hosts.add(name, address)
		}
	}
	return hosts
}

func (h *Hosts) add(name string, address netip.Addr) {
	if address.IsValid() {
		h.addresses[address] = true
		return
	}
	h.names[name] = true
}

// ParseHost parses the host of a URL without a port: a name, an IPv4 address, or an IPv6 address with or without
// brackets. ok is false for anything else, such as an address with a zone, which URLs do not allow (RFC 9844). The name
// is in lower case without the root dot. It is empty if address is valid.
func ParseHost(text string) (name string, address netip.Addr, ok bool) {
	inner, bracketed := strings.CutPrefix(text, "[")
	if bracketed {
		if inner, ok = strings.CutSuffix(inner, "]"); !ok {
			return "", netip.Addr{}, false
		}
	}
	if address, err := netip.ParseAddr(inner); err == nil {
		return "", address.Unmap(), address.Zone() == "" && (!bracketed || address.Is6())
	}
	name = strings.ToLower(strings.TrimSuffix(inner, "."))
	for _, char := range []byte(name) {
		isPart := 'a' <= char && char <= 'z' || '0' <= char && char <= '9' || char == '-' || char == '_' || char == '.'
		if !isPart {
			return "", netip.Addr{}, false
		}
	}
	return name, netip.Addr{}, !bracketed && name != "" && len(name) <= 253
}

// has reports whether the host of a request is one of the names. HTTP/1.0 allows requests without a host: simple health
// checks send them, and browsers do not.
func (h *Hosts) has(r *http.Request) bool {
	if h == nil {
		return true
	}
	if r.Host == "" {
		return !r.ProtoAtLeast(1, 1)
	}
	host, ok := withoutPort(r.Host)
	if !ok {
		return false
	}
	name, address, ok := ParseHost(host)
	switch {
	case !ok:
		return false
	case !address.IsValid():
		return h.names[name]
	default:
		return h.addresses[address] || address == localAddress(r)
	}
}

// withoutPort removes the port from a Host (RFC 9110, 7.2). ok is false if the port is malformed, or if an IPv6 address
// has no brackets.
func withoutPort(host string) (_ string, ok bool) {
	port := strings.LastIndexByte(host, ':')
	if port < 0 || strings.HasSuffix(host, "]") {
		return host, strings.HasPrefix(host, "[") || port < 0
	}
	digits := strings.Trim(host[port+1:], "0123456789") == ""
	host = host[:port]
	return host, digits && (!strings.Contains(host, ":") || strings.HasPrefix(host, "["))
}

// localAddress returns the address to which a request's connection was made.
func localAddress(r *http.Request) netip.Addr {
	tcp, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return tcp.AddrPort().Addr().Unmap().WithZone("")
}

const misdirected = "the Host header does not name this server: the server's operator can add names with --allowed-host"

// withHosts refuses requests for other hosts with status 421 (RFC 9110, 15.5.20), on every path.
func withHosts(hosts *Hosts, log *slog.Logger, next http.Handler) http.Handler {
	if hosts == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hosts.has(r) {
			next.ServeHTTP(w, r)
			return
		}
		const most = 100 // bytes of the client's text in the log
		log.WarnContext(r.Context(), "refused a request for another host", "host", r.Host[:min(len(r.Host), most)])
		if r.URL.Path != "/graphql" {
			writeText(w, http.StatusMisdirectedRequest, misdirected+"\n")
			return
		}
		refusal := gqlerror.Errorf(misdirected)
		refusal.Extensions = map[string]any{"code": apperr.BadRequest}
		var body bytes.Buffer
		encode(&body, &graphql.Response{Errors: gqlerror.List{refusal}})
		w.Header().Set("Content-Type", graphqlResponse+"; charset=utf-8")
		w.Header().Set("Cache-Control", keepNot)
		w.Header()["X-Content-Type-Options"] = noSniff
		w.WriteHeader(http.StatusMisdirectedRequest)
		_, _ = w.Write(body.Bytes()) // an error means that the client has left
	})
}
