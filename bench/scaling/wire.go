package scaling

import (
	"context"
	"sync/atomic"

	"followgraph/bench/proxy"
)

// Wire passes connections on to a PostgreSQL and counts what PostgreSQL sends. Its URL is that of the database, through
// it.
type Wire struct {
	*proxy.Proxy
	Stream atomic.Int64 // bytes on replication connections
	Rest   atomic.Int64 // bytes on all others
}

// OpenWire starts passing connections on to the database of a URL with a Unix socket.
func OpenWire(ctx context.Context, database string) (w *Wire, err error) {
	w = &Wire{}
	w.Proxy, err = proxy.Open(ctx, database, proxy.Counted(&w.Stream), proxy.Counted(&w.Rest))
	return w, err
}
