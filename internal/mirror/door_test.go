package mirror

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// door is a proxy in front of PostgreSQL that can shut, and that can hold back the stream of commits.
type door struct {
	url string

	mu    sync.Mutex
	shut  bool
	all   bool          // whether hold holds all connections back
	held  chan struct{} // closed when the stream may go on; nil if it is not held
	conns map[net.Conn]bool
}

func newDoor(t *testing.T, database string) *door {
	t.Helper()
	config, err := pgx.ParseConfig(database)
	require.NoError(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // for the test's whole length
	require.NoError(t, err)
	address := url.URL{Scheme: "postgres", User: url.User(config.User), Host: listener.Addr().String(), Path: config.Database, RawQuery: "sslmode=disable"}
	d := &door{url: address.String(), conns: map[net.Conn]bool{}}
	t.Cleanup(func() {
		_ = listener.Close()
		d.close()
	})
	socket := filepath.Join(config.Host, ".s.PGSQL.5432")
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go d.serve(client, socket)
		}
	}()
	return d
}

func (d *door) serve(client net.Conn, socket string) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial("unix", socket) //nolint:noctx // for the connection's whole length
	if err != nil || !d.enter(client, server) {
		return
	}
	defer func() { _ = server.Close() }()
	var size [4]byte
	if _, err := io.ReadFull(client, size[:]); err != nil {
		return
	}
	begin := make([]byte, binary.BigEndian.Uint32(size[:])-4)
	if _, err := io.ReadFull(client, begin); err != nil {
		return
	}
	if _, err := server.Write(append(size[:], begin...)); err != nil {
		return
	}
	isStream := bytes.Contains(begin, []byte("replication\x00"))
	go func() {
		defer func() { _ = server.Close() }()
		_, _ = io.Copy(server, client)
	}()
	buffer := make([]byte, 64<<10)
	for {
		n, err := server.Read(buffer)
		if err != nil {
			return
		}
		d.mu.Lock()
		held := d.held
		if !isStream && !d.all {
			held = nil
		}
		d.mu.Unlock()
		if held != nil {
			<-held
			if d.isShut() {
				return
			}
		}
		if _, err := client.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func (d *door) enter(conns ...net.Conn) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, conn := range conns {
		if d.shut {
			_ = conn.Close()
		} else {
			d.conns[conn] = true
		}
	}
	return !d.shut
}

// close ends all connections and lets no other in.
func (d *door) close() {
	d.mu.Lock()
	d.shut = true
	for conn := range d.conns {
		_ = conn.Close()
	}
	clear(d.conns)
	d.mu.Unlock()
	d.release()
}

func (d *door) isShut() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.shut
}

func (d *door) open() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.shut = false
}

// hold holds the stream back until release.
func (d *door) hold() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.held = make(chan struct{})
}

// freeze holds all connections back until release, as a server that hangs does.
func (d *door) freeze() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.all = true
	if d.held == nil {
		d.held = make(chan struct{})
	}
}

func (d *door) release() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.held != nil {
		close(d.held)
		d.held, d.all = nil, false
	}
}
