package store

import (
	"context"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// proxy is between a Store and PostgreSQL. It can drop what it receives without a trace: no error, no end of the
// connection, and the kernel acknowledges every byte.
type proxy struct {
	url      string
	holding  atomic.Bool // whether new connections lead nowhere
	accepted atomic.Int64

	mu    sync.Mutex
	pipes []*pipe
}

// pipe is one connection through the proxy.
type pipe struct{ lost atomic.Bool }

// newProxy starts a proxy for a test's database.
func newProxy(t *testing.T, database string) *proxy {
	t.Helper()
	config, err := pgx.ParseConfig(database)
	require.NoError(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // for the test's whole length
	require.NoError(t, err)
	p := &proxy{}
	direct := url.URL{Scheme: "postgres", User: url.User(config.User), Host: listener.Addr().String(), Path: config.Database, RawQuery: "sslmode=disable"}
	p.url = direct.String()
	var all sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(func() {
		cancel()
		_ = listener.Close()
		all.Wait()
	})
	all.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			p.accepted.Add(1)
			all.Go(func() { p.serve(ctx, client, config) })
		}
	})
	return p
}

func (p *proxy) serve(ctx context.Context, client net.Conn, to *pgx.ConnConfig) {
	stop := context.AfterFunc(ctx, func() { _ = client.Close() })
	defer stop()
	defer client.Close()
	if p.holding.Load() {
		_, _ = io.Copy(io.Discard, client)
		return
	}
	network, address := "tcp", net.JoinHostPort(to.Host, "5432")
	if to.Host[0] == '/' {
		network, address = "unix", to.Host+"/.s.PGSQL.5432"
	}
	server, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return
	}
	stopServer := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stopServer()
	defer server.Close()
	this := new(pipe)
	p.mu.Lock()
	p.pipes = append(p.pipes, this)
	p.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { this.copy(server, client); _ = server.Close() })
	both.Go(func() { this.copy(client, server); _ = client.Close() })
	both.Wait()
}

// copy forwards bytes until the pipe is lost, and then reads and drops them. It ends when its source does; a lost pipe
// does not tell the other side.
func (p *pipe) copy(to, from net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if !p.lost.Load() {
			if _, writeErr := to.Write(buffer[:n]); writeErr != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// loseAll makes every existing connection lead nowhere permanently.
func (p *proxy) loseAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, one := range p.pipes {
		one.lost.Store(true)
	}
}
