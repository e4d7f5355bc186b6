package scaling

import (
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWire counts what a server sends to a stream and to another connection. The server sends its answer to the first
// message and ends.
func TestWire(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var listen net.ListenConfig
	server, err := listen.Listen(t.Context(), "unix", filepath.Join(dir, ".s.PGSQL.5432"))
	require.NoError(t, err)
	go func() {
		for {
			conn, err := server.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 100))
			_, _ = conn.Write(make([]byte, 1000))
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = server.Close() })
	w, err := OpenWire(t.Context(), "postgres://user@/name?host="+url.QueryEscape(dir))
	require.NoError(t, err)
	address, err := url.Parse(w.URL)
	require.NoError(t, err)
	for _, start := range []string{"user\x00name\x00", "replication\x00database\x00", "replication\x00database\x00"} {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address.Host)
		require.NoError(t, err)
		message := binary.BigEndian.AppendUint32(nil, uint32(4+len(start)))
		_, err = conn.Write(append(message, start...))
		require.NoError(t, err)
		got, err := io.ReadAll(conn)
		require.NoError(t, err)
		require.Len(t, got, 1000)
		require.NoError(t, conn.Close())
	}
	require.NoError(t, w.Close())
	require.Equal(t, int64(1000), w.Rest.Load())
	require.Equal(t, int64(2000), w.Stream.Load())
}
