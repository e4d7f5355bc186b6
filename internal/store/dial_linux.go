package store

import (
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// limitUnacked makes the kernel give up a TCP connection whose other end does not acknowledge data. By default the
// kernel retries for 15 minutes (tcp(7), TCP_USER_TIMEOUT).
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
