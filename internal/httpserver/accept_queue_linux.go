package httpserver

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// refuseConnections makes the kernel drop new connections to a listener. Handshakes in progress still complete. Closing
// the listener without this would reset all connections that wait to be accepted. Clients retry after a second, when
// the listener is closed.
func refuseConnections(listener net.Listener) {
	// The filter gets a segment from its TCP header on (RFC 9293, 3.1). SYN without ACK begins a connection.
	const flagsOffset, syn, ack = 13, 0x02, 0x10
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: flagsOffset},
		{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: syn | ack},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: syn, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: 0},
		{Code: unix.BPF_RET | unix.BPF_K, K: 0xffffffff},
	}
	control(listener, func(fd int) {
		// If this fails, the last connections may be reset.
		_ = unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]})
	})
}

// waitingConnections returns how many connections of a listener wait to be accepted.
func waitingConnections(listener net.Listener) (count int) {
	control(listener, func(fd int) {
		if info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			count = int(info.Unacked) // for a listener: the length of its queue (tcp_get_info in the kernel)
		}
	})
	return count
}

// control calls do with the descriptor of a listener or a connection, if it has one.
func control(on any, do func(fd int)) {
	socket, ok := on.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) { do(int(fd)) }) // fails if it is closed
}

// hasInput reports whether a connection has unread input.
func hasInput(conn net.Conn) (has bool) {
	control(conn, func(fd int) {
		n, _, err := unix.Recvfrom(fd, make([]byte, 1), unix.MSG_PEEK|unix.MSG_DONTWAIT)
		has = err == nil && n > 0
	})
	return has
}
