package store

import (
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// limitUnacked has the kernel give a TCP connection up whose other end does not acknowledge what it is sent: by default
// it goes on for a quarter of an hour (tcp(7), TCP_USER_TIMEOUT).
func limitUnacked(network, _ string, conn syscall.RawConn) error {
	if !strings.HasPrefix(network, "tcp") {
		return nil
	}
	var failed error
	err := conn.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(unackedTimeout.Milliseconds()))
	})
	if err != nil {
		return err
	}
	return failed
}
