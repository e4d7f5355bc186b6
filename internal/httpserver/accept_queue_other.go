//go:build !linux

package httpserver

import "net"

// refuseConnections does nothing, because it needs a filter of Linux. On other systems the last connections may be
// reset.
func refuseConnections(net.Listener) {}

// waitingConnections returns 0, because the number is unknown.
func waitingConnections(net.Listener) int { return 0 }

// hasInput returns false, because it is unknown.
func hasInput(net.Conn) bool { return false }
