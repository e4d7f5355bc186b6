//go:build !linux

package httpserver

import "net"

// refuseConnections needs a filter of Linux's. Elsewhere connections that come in the last moment may be reset.
func refuseConnections(net.Listener) {}

// waitingConnections is not known.
func waitingConnections(net.Listener) int { return 0 }

// hasInput is not known.
func hasInput(net.Conn) bool { return false }
