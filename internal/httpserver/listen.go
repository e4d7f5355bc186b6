package httpserver

import (
	"context"
	"net"
)

// Listen listens on a TCP address for Serve and ServeAdmin. Multipath TCP is off, because its sockets support no
// filter, and without a filter a shutdown may reset connections (see refuseConnections).
func Listen(ctx context.Context, address string) (net.Listener, error) {
	var config net.ListenConfig
	config.SetMultipathTCP(false)
	return config.Listen(ctx, "tcp", address)
}
