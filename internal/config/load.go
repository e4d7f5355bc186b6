package config

import (
	"errors"
	"net/netip"
	"time"

	"github.com/spf13/pflag"
)

// Load configures rate limits and the number of requests that run at once.
type Load struct {
	RateLimit          int // points per user and hour; 0: no limit
	NetworkRateLimit   int // for all users of one network together, in multiples of RateLimit; 0: no limit
	AnonymousRateLimit int // points per network and hour for callers without a token; 0: no limit
	TrustedProxies     []string
	ProxyHeader        string // X-Forwarded-For, Forwarded
	MaxQueries         int    // queries that run at once; 0: the number of database connections
	QueueTime          time.Duration
	MaxHTTPConnections int
	RequestMemory      int // bytes; 0: derived from the heap's limit
}

// Bounds of RequestMemory. The minimum gives one network a share that holds a request of maximum length.
const (
	minRequestMemory = 8 << 20
	maxRequestMemory = 64 << 30
)

// maxRateLimit is in points per hour.
const maxRateLimit = 100_000_000

// Flags defines the flags of Load, with their defaults.
func (l *Load) Flags(flags *pflag.FlagSet) {
	flags.IntVar(&l.RateLimit, "rate-limit", 10_000_000,
		"points per user and hour, one point for each 100 of an operation's cost, 0 to 100000000; 0: no limit")
	flags.IntVar(&l.NetworkRateLimit, "rate-limit-network", 10,
		"limit for all signed-in users of one address together, in multiples of --rate-limit, 0 to 1000; 0: no limit")
	flags.IntVar(&l.AnonymousRateLimit, "rate-limit-anonymous", 10_000_000,
		"points per address and hour for callers without a token, 0 to 100000000; 0: no limit")
	flags.StringSliceVar(&l.TrustedProxies, "trusted-proxy", nil,
		"address or network (CIDR) of a proxy whose --proxy-header is trusted; repeatable")
	flags.StringVar(&l.ProxyHeader, "proxy-header", "X-Forwarded-For",
		"header with the client's address that trusted proxies set: X-Forwarded-For or Forwarded")
	flags.IntVar(&l.MaxQueries, "max-queries", 0, "maximum number of queries that run at once, 0 to 10000; 0: the value of --max-connections")
	flags.DurationVar(&l.QueueTime, "queue-time", 500*time.Millisecond, "maximum time that an operation waits in the queue")
	flags.IntVar(&l.MaxHTTPConnections, "max-http-connections", 4_096, "maximum number of client connections, 1 to 1000000")
	flags.IntVar(&l.RequestMemory, "request-memory", 0,
		"maximum memory in bytes for reading requests and sending responses, 8388608 to 68719476736; 0: an eighth of the heap's limit, 16 to 64 MiB")
}

func (l *Load) validate(operationTimeout time.Duration) error {
	_, err := l.Proxies()
	return errors.Join(
		when(l.RateLimit < 0 || l.RateLimit > maxRateLimit, "--rate-limit must be from 0 to %d, not %d", maxRateLimit, l.RateLimit),
		when(l.NetworkRateLimit < 0 || l.NetworkRateLimit > 1000, "--rate-limit-network must be from 0 to 1000, not %d", l.NetworkRateLimit),
		when(l.AnonymousRateLimit < 0 || l.AnonymousRateLimit > maxRateLimit,
			"--rate-limit-anonymous must be from 0 to %d, not %d", maxRateLimit, l.AnonymousRateLimit),
		err,
		oneOf("proxy-header", l.ProxyHeader, "X-Forwarded-For", "Forwarded"),
		when(l.MaxQueries < 0 || l.MaxQueries > 10_000, "--max-queries must be from 0 to 10000, not %d", l.MaxQueries),
		when(l.QueueTime <= 0 || l.QueueTime >= operationTimeout,
			"--queue-time must be positive and shorter than --operation-timeout (%s), not %s", operationTimeout, l.QueueTime),
		when(l.MaxHTTPConnections < 1 || l.MaxHTTPConnections > 1_000_000,
			"--max-http-connections must be from 1 to 1000000, not %d", l.MaxHTTPConnections),
		when(l.RequestMemory != 0 && (l.RequestMemory < minRequestMemory || l.RequestMemory > maxRequestMemory),
			"--request-memory must be 0, or from %d to %d, not %d", minRequestMemory, maxRequestMemory, l.RequestMemory),
	)
}

// Proxies returns the networks of the trusted proxies.
func (l *Load) Proxies() ([]netip.Prefix, error) {
	var networks []netip.Prefix
	for _, text := range l.TrustedProxies {
		network, err := netip.ParsePrefix(text)
		if address, asAddress := netip.ParseAddr(text); asAddress == nil {
			network, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if err != nil || network.Addr().Is4In6() || network.Addr().Zone() != "" {
			return nil, when(true, "--trusted-proxy must be an address or a network such as 10.0.0.0/8, not %q", text)
		}
		networks = append(networks, network)
	}
	return networks, nil
}
