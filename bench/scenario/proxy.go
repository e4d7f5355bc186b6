package scenario

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
	"time"

	"github.com/jackc/pgx/v5"
)

// proxy passes connections on to a PostgreSQL. What PostgreSQL sends on replication connections arrives late.
type proxy struct {
	url      string // of the database, through the proxy
	socket   string
	lag      time.Duration
	listener net.Listener

	mu     sync.Mutex
	open   map[net.Conn]bool
	closed bool
	group  sync.WaitGroup
}

// startProxy starts a proxy in front of the database of a URL.
func startProxy(ctx context.Context, database string, lag time.Duration) (*proxy, error) {
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
	p := &proxy{
		url: address.String(), socket: filepath.Join(config.Host, ".s.PGSQL.5432"), lag: lag, listener: listener,
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

// close ends the proxy and its connections.
func (p *proxy) close() {
	_ = p.listener.Close()
	p.mu.Lock()
	p.closed = true
	for conn := range p.open {
		_ = conn.Close()
	}
	p.mu.Unlock()
	p.group.Wait()
}

// keep registers a connection, so that close ends it. It returns false if the proxy is closed.
func (p *proxy) keep(conn net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.open[conn] = true
	}
	return !p.closed
}

func (p *proxy) drop(conn net.Conn) {
	_ = conn.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, conn)
}

func (p *proxy) serve(ctx context.Context, client net.Conn) {
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
		late(client, server, p.lag)
	} else {
		_, _ = io.Copy(client, server)
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

// late copies everything after a delay, which does not reduce the throughput.
func late(to io.Writer, from io.Reader, lag time.Duration) {
	type chunk struct {
		due  time.Time
		data []byte
	}
	chunks := make(chan chunk, 1<<14)
	go func() {
		defer close(chunks)
		for {
			data := make([]byte, 16<<10)
			n, err := from.Read(data)
			if n > 0 {
				chunks <- chunk{time.Now().Add(lag), data[:n]}
			}
			if err != nil {
				return
			}
		}
	}()
	broken := false
	for c := range chunks { // to the end, so that the reader ends
		if broken {
			continue
		}
		if ahead := time.Until(c.due); ahead > 0 {
			<-time.After(ahead)
		}
		_, err := to.Write(c.data)
		broken = err != nil
	}
}
