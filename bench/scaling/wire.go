package scaling

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
)

// Wire passes connections on to a PostgreSQL and counts what PostgreSQL sends.
type Wire struct {
	URL    string       // of the database, through it
	Stream atomic.Int64 // bytes on replication connections
	Rest   atomic.Int64 // bytes on all others

	socket   string
	listener net.Listener
	mu       sync.Mutex
	open     map[net.Conn]bool
	closed   bool
	group    sync.WaitGroup
}

// OpenWire starts passing connections on to the database of a URL with a Unix socket.
func OpenWire(ctx context.Context, database string) (*Wire, error) {
	config, err := pgx.ParseConfig(database)
	if err != nil {
		return nil, err
	}
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := url.URL{
		Scheme: "postgres", User: url.User(config.User), Host: listener.Addr().String(), Path: config.Database, RawQuery: "sslmode=disable",
	}
	w := &Wire{URL: address.String(), socket: filepath.Join(config.Host, ".s.PGSQL.5432"), listener: listener, open: map[net.Conn]bool{}}
	w.group.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return // closed
			}
			w.group.Go(func() { w.serve(ctx, client) })
		}
	})
	return w, nil
}

// Close ends all connections.
func (w *Wire) Close() error {
	err := w.listener.Close()
	w.mu.Lock()
	w.closed = true
	for conn := range w.open {
		_ = conn.Close() // its copy ends
	}
	w.mu.Unlock()
	w.group.Wait()
	return err
}

// keep registers a connection, so that Close ends it. It reports whether the Wire is open.
func (w *Wire) keep(conn net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.open[conn] = true
	}
	return !w.closed
}

func (w *Wire) drop(conn net.Conn) {
	_ = conn.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.open, conn)
}

func (w *Wire) serve(ctx context.Context, client net.Conn) {
	defer w.drop(client)
	server, err := new(net.Dialer).DialContext(ctx, "unix", w.socket)
	if err != nil {
		return
	}
	defer w.drop(server)
	if !w.keep(client) || !w.keep(server) {
		return
	}
	start := make([]byte, 4<<10) // a client sends nothing after its first message until it has an answer
	n, err := client.Read(start)
	if err != nil {
		return
	}
	if _, err := server.Write(start[:n]); err != nil {
		return
	}
	count := &w.Rest
	if bytes.Contains(start[:n], []byte("replication\x00database\x00")) {
		count = &w.Stream
	}
	ended := make(chan struct{})
	go func() { // from the client
		defer close(ended)
		_, _ = io.Copy(server, client)
		_ = server.Close()
	}()
	_, _ = io.Copy(io.MultiWriter(client, counter{count}), server)
	_ = client.Close()
	<-ended
}

// counter counts what is written to it.
type counter struct{ bytes *atomic.Int64 }

func (c counter) Write(p []byte) (int, error) {
	c.bytes.Add(int64(len(p)))
	return len(p), nil
}
