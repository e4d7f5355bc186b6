package social

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/globalid"
	"followgraph/internal/model"
)

func TestPathKey(t *testing.T) {
	t.Parallel()
	key, err := PathKey(globalid.User("ada"), globalid.User("bob"))
	require.NoError(t, err)
	require.Equal(t, model.PathKey{From: "ada", To: "bob"}, key)
	for field, ids := range map[string][2]string{"fromId": {"x", globalid.User("bob")}, "toId": {globalid.User("ada"), "x"}} {
		_, err := PathKey(ids[0], ids[1])
		requireInput(t, err, field)
	}
}

func TestDistancesKey(t *testing.T) {
	t.Parallel()
	bob, cat := globalid.User("bob"), globalid.User("cat")
	key, to, err := DistancesKey(globalid.User("ada"), []string{cat, bob, cat})
	require.NoError(t, err)
	require.Equal(t, model.DistancesKey{From: "ada", To: []string{"bob", "cat"}}, key)
	require.Equal(t, []string{"cat", "bob", "cat"}, to)

	_, _, err = DistancesKey("x", []string{bob})
	requireInput(t, err, "fromId")
	_, _, err = DistancesKey(bob, []string{bob, "x"})
	requireInput(t, err, "toIds[1]")
	_, _, err = DistancesKey(bob, slices.Repeat([]string{bob}, MaxNodes+1))
	requireInput(t, err, "toIds")
	_, to, err = DistancesKey(bob, slices.Repeat([]string{bob}, MaxNodes))
	require.NoError(t, err)
	require.Len(t, to, MaxNodes)
}

func requireInput(t *testing.T, err error, field string) {
	t.Helper()
	var input *apperr.Error
	require.ErrorAs(t, err, &input)
	require.Equal(t, apperr.BadUserInput, input.Code)
	require.Equal(t, field, input.Field)
}
