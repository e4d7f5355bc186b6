package app

import (
	"context"
	"fmt"
	"log/slog"

	"followgraph/internal/config"
)

const (
	// otherDescriptors is the number of open files in addition to the connections of clients and of the pool. These
	// files are standard streams, listeners, locks, and connections: from operators, to Cognito, to the receiver of
	// traces, and to the database for watching and migrating it.
	otherDescriptors = 64
	// minClients and minPool are the fewest connections with which a server is useful.
	minClients = 16
	minPool    = 2
)

// fitDescriptors reduces the connections of clients, and as a last resort those of the pool, to the number of files
// that the process may open (ulimit -n). Go has already raised that number to the hard limit.
func fitDescriptors(ctx context.Context, common *config.Common, serve *config.Serve, log *slog.Logger) error {
	limit, ok := descriptorLimit()
	if !ok {
		return nil
	}
	pools := 1 + len(serve.Replicas.URLs) // of the primary and of each standby
	clients, pool, err := fit(limit, serve.Load.MaxHTTPConnections, pools*common.Database.MaxConnections)
	if err != nil {
		return err
	}
	pool = max(minPool, pool/pools)
	if clients != serve.Load.MaxHTTPConnections || pool != common.Database.MaxConnections {
		log.WarnContext(ctx, "fewer connections than configured: the limit of open files is too low (ulimit -n)",
			"open_files", limit, "needed", serve.Load.MaxHTTPConnections+pools*common.Database.MaxConnections+otherDescriptors,
			"max_http_connections", clients, "max_connections", pool)
	}
	serve.Load.MaxHTTPConnections, common.Database.MaxConnections = clients, pool
	return nil
}

// fit returns the connections of clients and of the pool that fit into a limit of open files.
func fit(limit uint64, clients, pool int) (fittingClients, fittingPool int, err error) {
	const needed = otherDescriptors + minClients + minPool
	if limit < needed {
		return 0, 0, fmt.Errorf("the process can open %d files, but needs at least %d: raise the limit with ulimit -n", limit, needed)
	}
	if limit >= uint64(otherDescriptors+clients+pool) {
		return clients, pool, nil
	}
	free := int(limit) - otherDescriptors // for both
	pool = min(pool, max(min(free/2, free-minClients), free-clients))
	return min(clients, free-pool), pool, nil
}
