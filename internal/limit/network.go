package limit

import "net/netip"

// The prefix lengths of IPv6 networks, in bits. A provider assigns a customer a /64 at least and a /48 at most (RFC
// 6177).
const (
	bitsNetwork = 64
	bitsSite    = 48
)

// Network returns the network of an address: an IPv4 address itself, or the first address of an IPv6 address's /64. It
// returns the zero address for the zero address.
func Network(address netip.Addr) netip.Addr { return firstAddress(address, bitsNetwork) }

// Site returns the largest network that one customer may have: an IPv4 address itself, or the first address of an IPv6
// address's /48. A site contains up to 65,536 networks.
func Site(address netip.Addr) netip.Addr { return firstAddress(address, bitsSite) }

func firstAddress(address netip.Addr, bits int) netip.Addr {
	address = address.Unmap()
	if !address.Is6() {
		return address
	}
	prefix, _ := address.Prefix(bits) // fails only for more than 128 bits; drops the zone
	return prefix.Addr()
}
