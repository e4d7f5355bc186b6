package app

import (
	"cmp"
	"time"

	"followgraph/internal/config"
	"followgraph/internal/httpserver"
	"followgraph/internal/limit"
)

// setLimits adds rate limits and limits on concurrency and memory to a server's options. connections is the number of
// connections to all database servers. It is also the default number of concurrent queries, because more queries would only wait for a
// connection.
func setLimits(opts *httpserver.Options, load config.Load, plan memoryPlan, connections int) error {
	trusted, err := load.Proxies()
	if err != nil {
		return err
	}
	opts.Budgets = limit.NewBudgets(limit.BudgetLimits{
		User: load.RateLimit, Address: load.AnonymousRateLimit,
		Network: min(load.RateLimit*load.NetworkRateLimit, limit.MaxPoints),
	}, time.Now)
	opts.Proxies = httpserver.Proxies{Trusted: trusted, Header: load.ProxyHeader}
	opts.Slots = httpserver.NewSlots(httpserver.SlotOptions{Queries: cmp.Or(load.MaxQueries, connections), Wait: load.QueueTime})
	opts.Memory = limit.NewMemory(plan.operations, load.QueueTime)
	opts.Connections = load.MaxHTTPConnections
	opts.RequestMemory = plan.requests
	return nil
}

// requestShare is the part of the connections of clients, as a divisor, that is left to requests: the others may have
// subscriptions.
const requestShare = 8

// newStreams returns the connections of subscriptions. connections is the number of connections of clients.
func newStreams(c config.Subscriptions, connections int) *httpserver.Streams {
	return httpserver.NewStreams(httpserver.StreamOptions{
		Limits: limit.StreamLimits{
			Subscriptions: c.Max, PerNetwork: c.PerNetwork, PerCaller: c.PerCaller, PerConnection: c.PerConnection,
			Connections: connections - connections/requestShare,
		},
		KeepAlive: c.KeepAlive, InitTimeout: c.InitTimeout,
	})
}
