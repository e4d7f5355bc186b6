package limit

import "net/netip"

// The prefix lengths of IPv6 networks, in bits. A provider gives a customer a /64 at least and a /48 at most (RFC 6177).
const (
	bitsNetwork = 64
	bitsSite    = 48
)

// Network returns the network of an address: an IPv4 address itself, or the first address of an IPv6 address's /64. The zero
// address is the network of itself.
func Network(address netip.Addr) netip.Addr { return first(address, bitsNetwork) }

// Site returns the network of a customer with many networks: an IPv4 address itself, or the first address of an IPv6
// address's /48. One customer may have 65,536 networks in one site.
func Site(address netip.Addr) netip.Addr { return first(address, bitsSite) }

func first(address netip.Addr, bits int) netip.Addr {
	address = address.Unmap()
	if !address.Is6() {
		return address
	}
	prefix, _ := address.Prefix(bits) // fails for lengths above 128 only; drops the zone
	return prefix.Addr()
}
