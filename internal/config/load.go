package config

import (
	"errors"
	"net/netip"
	"time"

	"github.com/spf13/pflag"
)

// Load says how much callers may ask for, each and all together.
type Load struct {
	RateLimit          int // points that a user may spend in an hour; 0: any number
	NetworkRateLimit   int // likewise the users of one network together, in multiples of RateLimit; 0: any number
	AnonymousRateLimit int // likewise a network of callers who are not signed in
	TrustedProxies     []string
	ProxyHeader        string // X-Forwarded-For, Forwarded
	MaxQueries         int    // that run at once; 0: as many as there are connections to the database
	QueueTime          time.Duration
	MaxHTTPConnections int
	RequestMemory      int // bytes; 0: as many as the heap has room for
}

// The bounds of RequestMemory: one request of the greatest length fits into the share of one network.
const (
	minRequestMemory = 8 << 20
	maxRequestMemory = 64 << 30
)

// maxRateLimit bounds the points of an hour.
const maxRateLimit = 100_000_000

// Flags defines the flags of Load, with their defaults.
func (l *Load) Flags(flags *pflag.FlagSet) {
	flags.IntVar(&l.RateLimit, "rate-limit", 10_000_000,
		"points that a user may spend in an hour, a point for each hundred of an operation's cost, 0 to 100000000; 0: any number")
	flags.IntVar(&l.NetworkRateLimit, "rate-limit-network", 10,
		"users' budgets (--rate-limit) that the signed-in users of one address may spend together, 0 to 1000; 0: any number")
	flags.IntVar(&l.AnonymousRateLimit, "rate-limit-anonymous", 10_000_000,
		"points that callers without a token may spend in an hour, those of one address together, 0 to 100000000; 0: any number")
	flags.StringSliceVar(&l.TrustedProxies, "trusted-proxy", nil,
		"address or network (CIDR) of a proxy that says where a request came from; may be given several times")
	flags.StringVar(&l.ProxyHeader, "proxy-header", "X-Forwarded-For",
		"header in which trusted proxies say that: X-Forwarded-For or Forwarded")
	flags.IntVar(&l.MaxQueries, "max-queries", 0, "queries that run at once, 0 to 10000; 0: as many as --max-connections")
	flags.DurationVar(&l.QueueTime, "queue-time", 500*time.Millisecond, "time that an operation may wait for its turn")
	flags.IntVar(&l.MaxHTTPConnections, "max-http-connections", 4_096, "connections of clients at most, 1 to 1000000")
	flags.IntVar(&l.RequestMemory, "request-memory", 0,
		"bytes of memory at most that requests take while they are read and answered, 8388608 to 68719476736; 0: an eighth of the heap's limit, 16 to 64 MiB")
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

// Proxies are the networks of the trusted proxies.
func (l *Load) Proxies() ([]netip.Prefix, error) {
	var networks []netip.Prefix
	for _, text := range l.TrustedProxies {
		network, err := netip.ParsePrefix(text)
		if address, asAddress := netip.ParseAddr(text); asAddress == nil {
			network, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if err != nil || network.Addr().Is4In6() || network.Addr().Zone() != "" {
			return nil, when(true, "--trusted-proxy must be an address or a network, as 10.0.0.0/8, not %q", text)
		}
		networks = append(networks, network)
	}
	return networks, nil
}
