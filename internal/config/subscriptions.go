package config

import (
	"errors"
	"time"

	"github.com/spf13/pflag"
)

// Subscriptions limits subscriptions.
type Subscriptions struct {
	Max           int // that are open at once
	PerNetwork    int
	PerCaller     int
	PerConnection int
	KeepAlive     time.Duration
	InitTimeout   time.Duration
}

// Maxima of the limits.
const (
	maxSubscriptions              = 1_000_000
	maxSubscriptionsPerConnection = 10_000
)

func (s *Subscriptions) flags(flags *pflag.FlagSet) {
	flags.IntVar(&s.Max, "max-subscriptions", 20_000, "maximum number of open subscriptions, 1 to 1000000")
	flags.IntVar(&s.PerNetwork, "max-subscriptions-per-network", 16_000, "maximum number of open subscriptions of one network, 1 to 1000000")
	flags.IntVar(&s.PerCaller, "max-subscriptions-per-caller", 1_000, "maximum number of open subscriptions of one signed-in caller, 1 to 1000000")
	flags.IntVar(&s.PerConnection, "max-subscriptions-per-connection", 100,
		"maximum number of operations on one WebSocket, 1 to 10000")
	flags.DurationVar(&s.KeepAlive, "subscription-keep-alive", 15*time.Second,
		"interval of the pings and empty events that keep connections of subscriptions open, 1s to 10m")
	flags.DurationVar(&s.InitTimeout, "connection-init-timeout", 5*time.Second,
		"time limit from the handshake of a WebSocket to connection_init, 1s to 1m")
}

func (s *Subscriptions) validate() error {
	limit := func(flag string, value, most int) error {
		return when(value < 1 || value > most, "--%s must be from 1 to %d, not %d", flag, most, value)
	}
	return errors.Join(
		limit("max-subscriptions", s.Max, maxSubscriptions),
		limit("max-subscriptions-per-network", s.PerNetwork, maxSubscriptions),
		limit("max-subscriptions-per-caller", s.PerCaller, maxSubscriptions),
		limit("max-subscriptions-per-connection", s.PerConnection, maxSubscriptionsPerConnection),
		when(s.KeepAlive < time.Second || s.KeepAlive > 10*time.Minute, "--subscription-keep-alive must be from 1s to 10m, not %s", s.KeepAlive),
		when(s.InitTimeout < time.Second || s.InitTimeout > time.Minute, "--connection-init-timeout must be from 1s to 1m, not %s", s.InitTimeout),
	)
}
