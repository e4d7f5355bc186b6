package httpserver

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are who may say in whose name they pass a request on. The zero value trusts nobody.
type Proxies struct {
	Trusted []netip.Prefix
	Header  string // ForwardedFor or Forwarded: the one that the proxies write, and no other is looked at
}

// The headers in which proxies say where a request came from.
const (
	ForwardedFor = "X-Forwarded-For"
	Forwarded    = "Forwarded" // RFC 7239
)

// address is where a request came from, the zero address where that is not known. A proxy writes the address of who
// spoke to it behind those that it was told, so the list is read from its end, for as long as who wrote is trusted:
// what stands in front of that anybody may have made up.
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
				return from // the proxy does not tell: all that it passes on counts as from one place
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

// forwardedFor is the parameter "for" of an element of the header Forwarded (RFC 7239, 4 and 5.2), empty where there is
// none. Commas and semicolons in quotes would cut an element short, which addresses have none of.
func forwardedFor(element string) string {
	for pair := range strings.SplitSeq(element, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		if strings.EqualFold(name, "for") {
			return strings.Trim(value, `"`)
		}
	}
	return ""
}

// parseNode reads an address with or without a port, an IPv6 address in brackets or not (RFC 7239, 6).
func parseNode(text string) (netip.Addr, bool) {
	address, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	if err != nil {
		var node netip.AddrPort
		node, err = netip.ParseAddrPort(text)
		address = node.Addr()
	}
	return address.Unmap().WithZone(""), err == nil
}
