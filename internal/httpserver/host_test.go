package httpserver

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHosts(t *testing.T) {
	t.Parallel()
	loopback, second, everywhere, public := "127.0.0.1", "127.0.0.2", "0.0.0.0", "192.0.2.7"
	for name, test := range map[string]struct {
		listener string
		allowed  []string
		local    string // of the connection; empty for that of the listener
		host     string
		want     bool
	}{
		"localhost":                   {loopback, nil, "", "localhost", true},
		"with a port":                 {loopback, nil, "", "localhost:8080", true},
		"with any port":               {loopback, nil, "", "127.0.0.1:1", true},
		"with an empty port":          {loopback, nil, "", "localhost:", true},
		"IPv4":                        {loopback, nil, "", "127.0.0.1", true},
		"IPv6":                        {loopback, nil, "", "[::1]", true},
		"IPv6 with a port":            {loopback, nil, "", "[::1]:8080", true},
		"IPv6 written out":            {loopback, nil, "", "[0:0:0:0:0:0:0:1]:8080", true},
		"IPv4 in IPv6":                {loopback, nil, "", "[::ffff:127.0.0.1]:8080", true},
		"upper case":                  {loopback, nil, "", "LOCALHOST:8080", true},
		"the root's dot":              {loopback, nil, "", "localhost.:8080", true},
		"two dots":                    {loopback, nil, "", "localhost..", false},
		"another name":                {loopback, nil, "", "evil.example:8080", false},
		"a name below":                {loopback, nil, "", "localhost.evil.example", false},
		"a name that ends alike":      {loopback, nil, "", "evil-localhost", false},
		"a subdomain of localhost":    {loopback, nil, "", "app.localhost", false},
		"another loopback address":    {loopback, nil, "", "127.0.0.2:8080", false},
		"the listener's own":          {second, nil, "", "127.0.0.2:8080", true},
		"the first on the second":     {second, nil, "", "127.0.0.1", true},
		"the unspecified address":     {loopback, nil, "", "0.0.0.0:8080", false},
		"a number":                    {loopback, nil, "", "2130706433", false},
		"a short address":             {loopback, nil, "", "127.1", false},
		"octal":                       {loopback, nil, "", "0177.0.0.1", false},
		"a zone":                      {loopback, nil, "", "[::1%lo]:8080", false},
		"a zone, escaped":             {loopback, nil, "", "[::1%25lo]", false},
		"IPv6 without brackets":       {loopback, nil, "", "::1", false},
		"IPv4 in brackets":            {loopback, nil, "", "[127.0.0.1]", false},
		"a name in brackets":          {loopback, nil, "", "[localhost]", false},
		"an open bracket":             {loopback, nil, "", "[::1", false},
		"a port of letters":           {loopback, nil, "", "localhost:http", false},
		"two ports":                   {loopback, nil, "", "localhost:1:2", false},
		"something behind a bracket":  {loopback, nil, "", "[::1]evil", false},
		"a user":                      {loopback, nil, "", "localhost@evil.example", false},
		"a user localhost":            {loopback, nil, "", "evil@localhost", false},
		"only a port":                 {loopback, nil, "", ":8080", false},
		"a list":                      {loopback, nil, "", "localhost,evil.example", false},
		"empty":                       {loopback, nil, "", "", false},
		"an allowed name":             {loopback, []string{"api.example"}, "", "API.example.:443", true},
		"allowed with a dot":          {loopback, []string{"Api.Example."}, "", "api.example", true},
		"an allowed address":          {loopback, []string{"[2001:db8::1]"}, "", "[2001:DB8:0::1]:8080", true},
		"localhost beside it":         {loopback, []string{"api.example"}, "", "localhost", true},
		"beside the allowed":          {loopback, []string{"api.example"}, "", "www.api.example", false},
		"IPv6 listener":               {"::1", nil, "", "[::1]:8080", true},
		"IPv6 listener, another name": {"::1", nil, "", "evil.example", false},
		"anywhere, any name":          {everywhere, nil, public, "evil.example", true},
		"anywhere, no name":           {everywhere, nil, public, "", true},
		"anywhere, allowed":           {everywhere, []string{"api.example"}, public, "api.example", true},
		"anywhere, not allowed":       {everywhere, []string{"api.example"}, public, "evil.example", false},
		"anywhere, localhost":         {everywhere, []string{"api.example"}, loopback, "localhost", false},
		"anywhere, own address":       {everywhere, []string{"api.example"}, public, "192.0.2.7:8080", true},
		"anywhere, other address":     {everywhere, []string{"api.example"}, public, "192.0.2.8:8080", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hosts := NewHosts(&net.TCPAddr{IP: net.ParseIP(test.listener), Port: 8080}, test.allowed)
			local := test.local
			if local == "" {
				local = test.listener
			}
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Host = test.host
			address := net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(local), 8080))
			r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, address))
			require.Equal(t, test.want, hosts.has(r))
		})
	}
}

// raw sends a request byte for byte to a server that accepts the names of its loopback address.
func raw(t *testing.T, handler http.Handler, request string) (status int, header http.Header, body string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = io.WriteString(conn, request)
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, response.Header, string(text)
}

func TestHostsOfRequests(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	hosts := NewHosts(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, nil)
	for name, handler := range map[string]http.Handler{
		"clients":   newHandler(func(o *Options) { o.Hosts = hosts }),
		"operators": AdminHandler(AdminOptions{Log: log, Hosts: hosts, Metrics: http.NotFoundHandler()}),
	} {
		for request, want := range map[string]int{
			"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n":                            http.StatusOK,
			"GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n":                         http.StatusMisdirectedRequest,
			"GET /nowhere HTTP/1.1\r\nHost: evil.example\r\n\r\n":                         http.StatusMisdirectedRequest,
			"GET /healthz HTTP/1.1\r\nHost:\r\n\r\n":                                      http.StatusMisdirectedRequest,
			"GET /healthz HTTP/1.1\r\n\r\n":                                               http.StatusBadRequest,
			"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n":      http.StatusBadRequest,
			"GET /healthz HTTP/1.0\r\n\r\n":                                               http.StatusOK,
			"GET /healthz HTTP/1.0\r\nHost: evil.example\r\n\r\n":                         http.StatusMisdirectedRequest,
			"GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n":         http.StatusMisdirectedRequest,
			"GET http://localhost/healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n":         http.StatusOK, // RFC 9112, 3.2.2
			"GET /healthz HTTP/1.1\r\nHost: " + strings.Repeat("a", 4096) + "\r\n\r\n":    http.StatusMisdirectedRequest,
			"OPTIONS /graphql HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://x\r\n\r\n": http.StatusMisdirectedRequest,
		} {
			t.Run(name+"/"+request[:min(len(request), 80)], func(t *testing.T) {
				t.Parallel()
				status, _, _ := raw(t, handler, request)
				require.Equal(t, want, status)
			})
		}
	}
}

func TestMisdirectedGraphQL(t *testing.T) {
	t.Parallel()
	handler := newHandler(func(o *Options) { o.Hosts = NewHosts(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, nil) })
	status, header, body := raw(t, handler, "GET /graphql?query={__typename} HTTP/1.1\r\nHost: evil.example\r\n\r\n")
	require.Equal(t, http.StatusMisdirectedRequest, status)
	require.Equal(t, graphqlResponse+"; charset=utf-8", header.Get("Content-Type"))
	require.NotEmpty(t, header.Get("X-Request-Id"))
	require.JSONEq(t, `{"errors":[{"message":"`+misdirected+`","extensions":{"code":"BAD_REQUEST"}}]}`, body)
}
