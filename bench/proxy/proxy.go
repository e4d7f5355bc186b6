// Package proxy passes connections on to a PostgreSQL, and does something with what PostgreSQL sends.
package proxy

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
)

// Copy copies what PostgreSQL sends on one connection, until it ends.
type Copy func(to io.Writer, from io.Reader)

// Proxy passes connections on to a PostgreSQL.
type Proxy struct {
	URL string // of the database, through the Proxy

	socket       string
	stream, rest Copy
	listener     net.Listener

	mu     sync.Mutex
	open   map[net.Conn]bool
	closed bool
	group  sync.WaitGroup
}

// Open starts a Proxy in front of the database of a URL with a Unix socket. What PostgreSQL sends on replication
// connections is copied by stream, everything else by rest.
func Open(ctx context.Context, database string, stream, rest Copy) (*Proxy, error) {
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
		Scheme: "postgres", User: url.User(config.User), Host: listener.Addr().String(), Path: config.Database,
		RawQuery: "sslmode=disable",
	}
	p := &Proxy{
		URL: address.String(), socket: filepath.Join(config.Host, ".s.PGSQL.5432"), stream: stream, rest: rest, listener: listener,
		open: make(map[net.Conn]bool),
	}
	p.group.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return // closed
			}
			p.group.Go(func() { p.serve(ctx, client) })
		}
	})
	return p, nil
}

// Close ends the Proxy and its connections.
func (p *Proxy) Close() error {
	err := p.listener.Close()
	p.mu.Lock()
	p.closed = true
	for conn := range p.open {
		_ = conn.Close() // its copy ends
	}
	p.mu.Unlock()
	p.group.Wait()
	return err
}

// keep registers a connection, so that Close ends it. It returns false if the Proxy is closed.
func (p *Proxy) keep(conn net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.open[conn] = true
	}
	return !p.closed
}

func (p *Proxy) drop(conn net.Conn) {
	_ = conn.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, conn)
}

func (p *Proxy) serve(ctx context.Context, client net.Conn) {
	defer p.drop(client)
	var dialer net.Dialer
	server, err := dialer.DialContext(ctx, "unix", p.socket)
	if err != nil {
		return
	}
	defer p.drop(server)
	if !p.keep(client) || !p.keep(server) {
		return
	}
	start, err := readStart(client)
	if err != nil {
		return
	}
	if _, err := server.Write(start); err != nil {
		return
	}
	ended := make(chan struct{})
	go func() { // from the client
		defer close(ended)
		_, _ = io.Copy(server, client)
		_ = server.Close()
	}()
	if strings.Contains(string(start), "replication\x00database\x00") {
		p.stream(client, server)
	} else {
		p.rest(client, server)
	}
	_ = client.Close()
	<-ended
}

var errStart = errors.New("not the first message of a connection")

// readStart reads the first message of a connection (PostgreSQL, Message Formats: StartupMessage, CancelRequest).
func readStart(client io.Reader) ([]byte, error) {
	length := make([]byte, 4)
	if _, err := io.ReadFull(client, length); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(length)
	if size < 8 || size > 10_000 {
		return nil, errStart
	}
	message := make([]byte, size)
	copy(message, length)
	_, err := io.ReadFull(client, message[4:])
	return message, err
}
