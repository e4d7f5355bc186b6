package httpserver

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the proxies that may state the address of a client. The zero value trusts none.
type Proxies struct {
	Trusted []netip.Prefix
	Header  string // ForwardedFor or Forwarded, whichever the proxies write; the other one is ignored
}

// The headers in which proxies state the address of a client.
const (
	ForwardedFor = "X-Forwarded-For"
	Forwarded    = "Forwarded" // RFC 7239
)

// address returns the address of the client, the zero address if it is unknown. A proxy appends the address of its peer
// to the list. So the list is read from its end, as long as the writer is trusted: anyone may have invented the
// elements before that.
func (p Proxies) address(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	from := peer.Addr().Unmap().WithZone("")
	if !p.trusts(from) {
		return from
	}
	for _, line := range slices.Backward(r.Header.Values(p.Header)) {
		for line != "" {
			at := strings.LastIndexByte(line, ',')
			entry := strings.TrimSpace(line[at+1:])
			line = line[:max(at, 0)]
			if p.Header == Forwarded {
				entry = forwardedFor(entry)
			}
			said, ok := parseNode(entry)
			if !ok {
				return from // an unknown address: all requests through this proxy count as one client
			}
			if from = said; !p.trusts(from) {
				return from
			}
		}
	}
	return from
}

func (p Proxies) trusts(address netip.Addr) bool {
	return slices.ContainsFunc(p.Trusted, func(network netip.Prefix) bool { return network.Contains(address) })
}

// forwardedFor returns the parameter "for" of an element of the header Forwarded (RFC 7239, 4 and 5.2), empty if there
// is none. It does not support commas and semicolons in quotes, which addresses do not contain.
func forwardedFor(element string) string {
	for pair := range strings.SplitSeq(element, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		if strings.EqualFold(name, "for") {
			return strings.Trim(value, `"`)
		}
	}
	return ""
}

// parseNode parses an address with or without a port; IPv6 brackets are optional (RFC 7239, 6).
func parseNode(text string) (netip.Addr, bool) {
	address, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	if err != nil {
		var node netip.AddrPort
		node, err = netip.ParseAddrPort(text)
		address = node.Addr()
	}
	return address.Unmap().WithZone(""), err == nil
}
