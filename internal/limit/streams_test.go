package limit_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/limit"
)

var (
	networkA = netip.MustParseAddr("198.51.100.1")
	networkB = netip.MustParseAddr("198.51.100.2")
)

// requireRefused checks an error, and that its limit counted it.
func requireRefused(t *testing.T, s *limit.Streams, code apperr.Code, which limit.StreamLimit, err error) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, code, apperr.CodeOf(err))
	require.Equal(t, map[limit.StreamLimit]uint64{which: 1}, s.Load().Refused)
}

func TestStreamLimits(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		limits limit.StreamLimits
		open   int // subscriptions that fit
		caller string
		other  bool // whether a connection of another network still fits
		each   bool // whether each subscription has its connection
		code   apperr.Code
		which  limit.StreamLimit
	}{
		"connection":          {limit.StreamLimits{PerConnection: 3}, 3, "", true, false, apperr.RateLimited, limit.StreamsOfConnection},
		"caller":              {limit.StreamLimits{PerCaller: 4}, 4, "ada", true, true, apperr.RateLimited, limit.StreamsOfCaller},
		"network":             {limit.StreamLimits{PerNetwork: 5}, 5, "", true, true, apperr.RateLimited, limit.StreamsOfNetwork},
		"server":              {limit.StreamLimits{Subscriptions: 6}, 6, "", false, true, apperr.Overloaded, limit.StreamsOfServer},
		"a single connection": {limit.StreamLimits{Connections: 1, Subscriptions: 9}, 1, "", false, true, apperr.Overloaded, limit.StreamsOfConnections},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := limit.NewStreams(test.limits)
			holders := []*limit.StreamHolder{s.Holder(networkA, test.caller)}
			open := func() error {
				if test.each {
					holders = append(holders, s.Holder(networkA, test.caller))
				}
				return holders[len(holders)-1].Open(1)
			}
			for range test.open {
				require.NoError(t, open())
			}
			requireRefused(t, s, test.code, test.which, open())
			require.Equal(t, test.open, s.Load().Subscriptions)
			other := s.Holder(networkB, "grace")
			require.Equal(t, test.other, other.Open(1) == nil)

			for _, holder := range append(holders, other) {
				holder.Close(holder.Held())
			}
			require.Zero(t, s.Load().Subscriptions)
			require.Zero(t, s.Load().Connections)
			require.NoError(t, s.Holder(networkA, test.caller).Open(1), "there is room again")
		})
	}
}

func TestWeightOfStreams(t *testing.T) {
	t.Parallel()
	s := limit.NewStreams(limit.StreamLimits{PerNetwork: 10})
	holder := s.Holder(networkA, "")
	require.NoError(t, holder.Open(8))
	requireRefused(t, s, apperr.RateLimited, limit.StreamsOfNetwork, holder.Open(3))
	require.NoError(t, holder.Open(2))
	require.Equal(t, 1, s.Load().Connections)
	holder.Close(8)
	require.Equal(t, 2, s.Load().Subscriptions)
	require.Equal(t, 1, s.Load().Connections)
}
