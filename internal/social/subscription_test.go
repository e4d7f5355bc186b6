package social_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/globalid"
	"followgraph/internal/live"
	"followgraph/internal/social"
	"followgraph/internal/viewer"
)

// ids returns the global ids of users named by numbers.
func ids(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = globalid.User(fmt.Sprintf("id-%03d", i))
	}
	return ids
}

func TestSubscriptionTopics(t *testing.T) {
	t.Parallel()
	caller := viewer.With(t.Context(), viewer.Viewer{CognitoID: "me", Registered: true})
	a, b := globalid.User("a"), globalid.User("b")

	s, err := social.StatsSubscription([]string{b, a, b})
	require.NoError(t, err)
	require.Equal(t, live.Topic{Kind: live.Stats, Users: []string{"a", "b"}}, s.Topic)
	s, err = social.FollowersSubscription(a)
	require.NoError(t, err)
	require.Equal(t, live.Topic{Kind: live.Followers, Users: []string{"a"}}, s.Topic)
	s, err = social.RelationsSubscription(caller, []string{b, a})
	require.NoError(t, err)
	require.Equal(t, live.Topic{Kind: live.Relations, Users: []string{"a", "b"}, Viewer: "me"}, s.Topic)
	s, err = social.GainedSubscription(caller)
	require.NoError(t, err)
	require.Equal(t, live.Topic{Kind: live.Gained, Viewer: "me"}, s.Topic)
}

func TestSubscriptionIds(t *testing.T) {
	t.Parallel()
	caller := viewer.With(t.Context(), viewer.Viewer{CognitoID: "me", Registered: true})
	subscribe := map[string]func([]string) error{
		"stats":     func(ids []string) error { _, err := social.StatsSubscription(ids); return err },
		"relations": func(ids []string) error { _, err := social.RelationsSubscription(caller, ids); return err },
	}
	for name, subscribe := range subscribe {
		require.NoError(t, subscribe(ids(1)), name)
		require.NoError(t, subscribe(ids(100)), name)
		for _, test := range []struct {
			ids  []string
			want string
		}{
			{nil, "userIds must have 1 to 100 ids, not 0"},
			{ids(101), "userIds must have 1 to 100 ids, not 101"},
			{append(ids(1), "nonsense"), "userIds[1]"},
		} {
			err := subscribe(test.ids)
			require.Equal(t, apperr.BadUserInput, apperr.CodeOf(err), name)
			require.ErrorContains(t, err, test.want, name)
		}
	}
	_, err := social.FollowersSubscription("nonsense")
	require.Equal(t, apperr.BadUserInput, apperr.CodeOf(err))
	require.ErrorContains(t, err, "userId")
}

func TestSubscriptionsOfTheCallerNeedAnAccount(t *testing.T) {
	t.Parallel()
	for code, caller := range map[apperr.Code]viewer.Viewer{
		apperr.Unauthenticated: {}, apperr.Forbidden: {CognitoID: "guest"},
	} {
		ctx := viewer.With(t.Context(), caller)
		_, err := social.RelationsSubscription(ctx, ids(1))
		require.Equal(t, code, apperr.CodeOf(err))
		_, err = social.GainedSubscription(ctx)
		require.Equal(t, code, apperr.CodeOf(err))
	}
}
