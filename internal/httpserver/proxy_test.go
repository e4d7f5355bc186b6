package httpserver

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAddress(t *testing.T) {
	t.Parallel()
	const proxy = "10.0.0.1:4000"
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for name, test := range map[string]struct {
		peer   string
		lines  []string // of the header
		header string
		want   string // empty if unknown
	}{
		"no proxy":                     {peer: "192.0.2.1:4000", want: "192.0.2.1"},
		"IPv4 over IPv6":               {peer: "[::ffff:192.0.2.1]:4000", want: "192.0.2.1"},
		"a zone":                       {peer: "[fe80::1%eth0]:4000", want: "fe80::1"},
		"no address":                   {peer: "@", want: ""},
		"a header of one not trusted":  {peer: "192.0.2.1:4000", lines: []string{"198.51.100.7"}, want: "192.0.2.1"},
		"a proxy":                      {peer: proxy, lines: []string{"198.51.100.7"}, want: "198.51.100.7"},
		"a proxy by IPv6":              {peer: "[fd00::1]:4000", lines: []string{"2001:db8::7"}, want: "2001:db8::7"},
		"a proxy that says nothing":    {peer: proxy, want: "10.0.0.1"},
		"an empty header":              {peer: proxy, lines: []string{""}, want: "10.0.0.1"},
		"what the client made up":      {peer: proxy, lines: []string{"203.0.113.5, 198.51.100.7"}, want: "198.51.100.7"},
		"made up as if by a proxy":     {peer: proxy, lines: []string{"10.0.0.9, 198.51.100.7"}, want: "198.51.100.7"},
		"two proxies":                  {peer: proxy, lines: []string{"203.0.113.5, 198.51.100.7,10.2.3.4"}, want: "198.51.100.7"},
		"a line of each proxy":         {peer: proxy, lines: []string{"203.0.113.5, 198.51.100.7", "10.2.3.4"}, want: "198.51.100.7"},
		"proxies alone":                {peer: proxy, lines: []string{"10.9.9.9, 10.2.3.4"}, want: "10.9.9.9"},
		"with a port":                  {peer: proxy, lines: []string{"198.51.100.7:5000"}, want: "198.51.100.7"},
		"IPv6 in brackets":             {peer: proxy, lines: []string{"[2001:db8::7]"}, want: "2001:db8::7"},
		"IPv6 with a port":             {peer: proxy, lines: []string{"[2001:db8::7]:5000"}, want: "2001:db8::7"},
		"IPv4 over IPv6 of a proxy":    {peer: "[::ffff:10.0.0.1]:4000", lines: []string{"::ffff:198.51.100.7"}, want: "198.51.100.7"},
		"nonsense of a proxy":          {peer: proxy, lines: []string{"198.51.100.7, unknown"}, want: "10.0.0.1"},
		"nonsense of a client":         {peer: proxy, lines: []string{"'; DROP, 198.51.100.7"}, want: "198.51.100.7"},
		"an empty entry":               {peer: proxy, lines: []string{"198.51.100.7,"}, want: "10.0.0.1"},
		"the other header":             {peer: proxy, header: Forwarded, lines: []string{"for=198.51.100.7"}, want: "198.51.100.7"},
		"its parameters":               {peer: proxy, header: Forwarded, lines: []string{`by=10.0.0.1; FOR="[2001:db8::7]:5000";proto=https`}, want: "2001:db8::7"},
		"its elements":                 {peer: proxy, header: Forwarded, lines: []string{`for=203.0.113.5, for=198.51.100.7, for=10.2.3.4`}, want: "198.51.100.7"},
		"its hidden names":             {peer: proxy, header: Forwarded, lines: []string{`for=198.51.100.7, for=_hidden`}, want: "10.0.0.1"},
		"an element without a client":  {peer: proxy, header: Forwarded, lines: []string{`for=198.51.100.7, proto=https`}, want: "10.0.0.1"},
		"an open quote of a client":    {peer: proxy, header: Forwarded, lines: []string{`for="203.0.113.5, for=198.51.100.7`}, want: "198.51.100.7"},
		"a great many made up entries": {peer: proxy, lines: []string{strings.Repeat("10.0.0.1,", 5000) + "198.51.100.7"}, want: "198.51.100.7"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxies := Proxies{Trusted: trusted, Header: ForwardedFor}
			other := Forwarded
			if test.header != "" {
				proxies.Header, other = test.header, ForwardedFor
			}
			r := httptest.NewRequest(http.MethodGet, "/graphql", nil)
			r.RemoteAddr = test.peer
			r.Header[proxies.Header] = test.lines
			r.Header.Set(other, "for=203.0.113.99") // ignored
			want := netip.Addr{}
			if test.want != "" {
				want = netip.MustParseAddr(test.want)
			}
			require.Equal(t, want, proxies.address(r))
		})
	}
}

func TestAddressTrustsNobody(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodGet, "/graphql", nil)
	r.RemoteAddr = "127.0.0.1:4000"
	r.Header.Set(ForwardedFor, "198.51.100.7")
	require.Equal(t, netip.MustParseAddr("127.0.0.1"), Proxies{}.address(r))
}

func FuzzAddress(f *testing.F) {
	f.Add("198.51.100.7, 10.0.0.2", true)
	f.Add(`for="[2001:db8::7]:5000";by=x, for=_hidden`, false)
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, value string, which bool) {
		proxies, entry := Proxies{Trusted: trusted, Header: Forwarded}, ", for=192.0.2.1"
		if which {
			proxies.Header, entry = ForwardedFor, ", 192.0.2.1"
		}
		r := httptest.NewRequest(http.MethodGet, "/graphql", nil)
		r.RemoteAddr = "10.0.0.1:4000"
		r.Header.Set(proxies.Header, value+entry)
		// Whatever a client sends, the proxy's own entry counts.
		require.Equal(t, netip.MustParseAddr("192.0.2.1"), proxies.address(r))
	})
}
