package changes

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/stretchr/testify/require"

	"followgraph/internal/localpg"
	"followgraph/internal/store/migrate"
)

// withOption adds an option of the server to a URL.
func withOption(t *testing.T, address, option string) string {
	t.Helper()
	parsed, err := url.Parse(address)
	require.NoError(t, err)
	query := parsed.Query()
	query.Set("options", option)
	parsed.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
	return parsed.String()
}

// privateServer starts a server for one test, and returns URLs for the product's role and for a superuser.
func privateServer(t *testing.T, settings map[string]string) (product, superuser string) {
	t.Helper()
	closed := filepath.Join(t.TempDir(), "closed")
	require.NoError(t, os.Mkdir(closed, 0o700))
	server, err := localpg.Open(t.Context(), localpg.Options{Dir: filepath.Join(closed, "data"), Settings: settings})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close(context.Background())) })
	product = server.URL(localpg.DatabaseName)
	_, err = migrate.Up(t.Context(), product)
	require.NoError(t, err)
	parsed, err := url.Parse(product)
	require.NoError(t, err)
	query := parsed.Query()
	query.Set("user", "postgres")
	parsed.RawQuery = query.Encode()
	parsed.User = nil
	return product, parsed.String()
}

// gate is a proxy in front of PostgreSQL. Like PgBouncer it can reject replication connections, and it can drop what it
// receives without a trace.
type gate struct {
	url     string
	reject  bool
	holding atomic.Bool
}

func newGate(t *testing.T, database string, reject bool) *gate {
	t.Helper()
	config, err := pgx.ParseConfig(database)
	require.NoError(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // for the test's whole length
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	address := url.URL{Scheme: "postgres", User: url.User(config.User), Host: listener.Addr().String(), Path: config.Database, RawQuery: "sslmode=disable"}
	g := &gate{url: address.String(), reject: reject}
	socket := filepath.Join(config.Host, ".s.PGSQL.5432")
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go g.serve(client, socket)
		}
	}()
	return g
}

func (g *gate) serve(client net.Conn, socket string) {
	defer client.Close()
	var size [4]byte
	if _, err := io.ReadFull(client, size[:]); err != nil {
		return
	}
	startup := make([]byte, binary.BigEndian.Uint32(size[:])-4)
	if _, err := io.ReadFull(client, startup); err != nil {
		return
	}
	if g.reject && strings.Contains(string(startup), "replication") {
		answer, _ := (&pgproto3.ErrorResponse{Severity: "FATAL", Code: "08P01", Message: "unsupported startup parameter: replication"}).Encode(nil)
		_, _ = client.Write(answer)
		return
	}
	server, err := net.Dial("unix", socket) //nolint:noctx // for the connection's whole length
	if err != nil {
		return
	}
	defer server.Close()
	_, _ = server.Write(append(size[:], startup...))
	pass := func(to, from net.Conn) {
		defer to.Close()
		buffer := make([]byte, 32<<10)
		for {
			n, err := from.Read(buffer)
			if err != nil {
				return
			}
			if g.holding.Load() {
				continue
			}
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
	}
	go pass(server, client)
	pass(client, server)
}
