package globalid_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/globalid"
)

func TestLocalID(t *testing.T) {
	t.Parallel()
	id := globalid.NewLocalID()
	require.Regexp(t, `^local-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, id)
	require.NotEqual(t, id, globalid.NewLocalID())
	require.True(t, globalid.IsLocalID(id))
	require.True(t, globalid.ValidCognitoID(id))
	for _, id := range []string{"", "local", "7d1f54d6-3f9c-4a3e-8d3c-2b1a0f9e8d7c", "eu-central-1_local-7d1f54d6"} {
		require.False(t, globalid.IsLocalID(id), id)
	}
}
