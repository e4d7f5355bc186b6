package app

import (
	"context"
	"fmt"
	"log/slog"

	"followgraph/internal/config"
)

const (
	// otherDescriptors is what the process may have open beside connections of clients and of the pool: its streams,
	// listeners and locks, what connections of operators, of Cognito and of a receiver of traces take, and the
	// connections that watch or migrate a database.
	otherDescriptors = 64
	// leastClients and leastPool are what a server is of use with.
	leastClients = 16
	leastPool    = 2
)

// fitDescriptors makes the connections of clients, and as a last resort those of the pool, as few as the process may
// have open (ulimit -n). Go has raised that to the hard limit already.
func fitDescriptors(ctx context.Context, common *config.Common, serve *config.Serve, log *slog.Logger) error {
	limit, ok := descriptorLimit()
	if !ok {
		return nil
	}
	clients, pool, err := fit(limit, serve.Load.MaxHTTPConnections, common.Database.MaxConnections)
	if err != nil {
		return err
	}
	if clients != serve.Load.MaxHTTPConnections || pool != common.Database.MaxConnections {
		log.WarnContext(ctx, "fewer connections than configured: the process may not have as many open files (ulimit -n)",
			"open_files", limit, "needed", serve.Load.MaxHTTPConnections+common.Database.MaxConnections+otherDescriptors,
			"max_http_connections", clients, "max_connections", pool)
	}
	serve.Load.MaxHTTPConnections, common.Database.MaxConnections = clients, pool
	return nil
}

// fit tells how many connections of clients and of the pool go into a number of open files.
func fit(limit uint64, clients, pool int) (fittingClients, fittingPool int, err error) {
	const least = otherDescriptors + leastClients + leastPool
	if limit < least {
		return 0, 0, fmt.Errorf("the process may have %d open files, and needs %d at least: raise it with ulimit -n", limit, least)
	}
	if limit >= uint64(otherDescriptors+clients+pool) {
		return clients, pool, nil
	}
	room := int(limit) - otherDescriptors // for both
	pool = min(pool, max(min(room/2, room-leastClients), room-clients))
	return min(clients, room-pool), pool, nil
}
