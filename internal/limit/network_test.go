package limit_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/limit"
)

func TestNetworks(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]struct{ of, site string }{
		"192.0.2.7":                {"192.0.2.7", "192.0.2.7"},
		"::ffff:192.0.2.7":         {"192.0.2.7", "192.0.2.7"},
		"2001:db8:1:2:3:4:5:6":     {"2001:db8:1:2::", "2001:db8:1::"},
		"2001:db8:1:ffff:3:4:5:6":  {"2001:db8:1:ffff::", "2001:db8:1::"},
		"fe80::1%eth0":             {"fe80::", "fe80::"},
		"::1":                      {"::", "::"},
		"2001:db8:2:2:3:4:5:6%zon": {"2001:db8:2:2::", "2001:db8:2::"},
	} {
		at := netip.MustParseAddr(address)
		require.Equal(t, want.of, limit.Network(at).String(), address)
		require.Equal(t, want.site, limit.Site(at).String(), address)
	}
	require.Equal(t, netip.Addr{}, limit.Network(netip.Addr{}))
	require.Equal(t, netip.Addr{}, limit.Site(netip.Addr{}))
}
