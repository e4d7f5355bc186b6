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

// Hosts are the names that a listener answers to. They keep a page of another site from reading answers through a
// browser on this machine: such a page lets its own name point at this server (DNS rebinding), and the browser then sends
// that name as Host. A nil Hosts answers to every name.
type Hosts struct {
	names     map[string]bool     // in lower case, without the root's dot
	addresses map[netip.Addr]bool // never IPv4 mapped into IPv6
}

// NewHosts returns the names of a listener. One on a loopback address answers to localhost, 127.0.0.1, [::1] and what is
// allowed, which must be names or addresses as ParseHost takes them. Any other answers to what is allowed, or to every
// name where nothing is. Both also answer to the address that a connection was made to: a browser sends it only for
// pages of that address itself.
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

// ParseHost reads the host of a URL, without a port: a name, an IPv4 address, or an IPv6 address with or without its
// brackets. ok is false for anything else, such as an address with a zone, which no URL has (RFC 9844). The name is
// returned in lower case and without the dot of the root; it is empty where address is valid.
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

// has reports whether a request is for one of the names. A request of HTTP/1.0 may come without a host; no browser sends
// one, and simple health checks do.
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

// withoutPort takes the port off a Host (RFC 9110, 7.2). ok is false where what follows the host is no port, or where an
// IPv6 address has no brackets.
func withoutPort(host string) (_ string, ok bool) {
	port := strings.LastIndexByte(host, ':')
	if port < 0 || strings.HasSuffix(host, "]") {
		return host, strings.HasPrefix(host, "[") || port < 0
	}
	digits := strings.Trim(host[port+1:], "0123456789") == ""
	host = host[:port]
	return host, digits && (!strings.Contains(host, ":") || strings.HasPrefix(host, "["))
}

// localAddress is the address that a request's connection was made to.
func localAddress(r *http.Request) netip.Addr {
	tcp, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return tcp.AddrPort().Addr().Unmap().WithZone("")
}

const misdirected = "the Host header does not name this server: the server's operator can add names with --allowed-host"

// withHosts answers only requests for a listener's names; the others get 421 (RFC 9110, 15.5.20), on every path.
func withHosts(hosts *Hosts, log *slog.Logger, next http.Handler) http.Handler {
	if hosts == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hosts.has(r) {
			next.ServeHTTP(w, r)
			return
		}
		const most = 100 // bytes of a stranger's text in the log
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
		_, _ = w.Write(body.Bytes()) // a client that left cannot be told
	})
}
