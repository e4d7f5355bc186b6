package overload

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestShares(t *testing.T) {
	t.Parallel()
	one, other := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	s := NewShares(2)
	require.True(t, s.Take(one))
	require.True(t, s.Take(one))
	require.False(t, s.Take(one))
	require.True(t, s.Take(other))
	s.GiveBack(one)
	require.True(t, s.Take(one))
	s.GiveBack(one)
	s.GiveBack(one)
	s.GiveBack(other)
	require.Empty(t, s.held, "who holds nothing takes no memory")
}
