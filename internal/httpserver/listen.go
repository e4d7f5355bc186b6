package httpserver

import (
	"context"
	"net"
)

// Listen listens on a TCP address for Serve and ServeAdmin. Multipath TCP is off: its sockets take no filter, without
// which a stop may reset connections (see refuseConnections).
func Listen(ctx context.Context, address string) (net.Listener, error) {
	var config net.ListenConfig
	config.SetMultipathTCP(false)
	return config.Listen(ctx, "tcp", address)
}
