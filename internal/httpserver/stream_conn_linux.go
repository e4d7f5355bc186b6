package httpserver

import (
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// limitSilence makes the kernel close a connection whose peer does not acknowledge what was sent within a time
// (RFC 5482). Without it, the kernel waits for about 15 minutes for a client that has vanished.
func limitSilence(conn net.Conn, limit time.Duration) {
	for {
		inner, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		conn = inner.NetConn()
	}
	control(conn, func(fd int) {
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(limit.Milliseconds())) // without it, it takes longer
	})
}
