package social

import (
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/viewer"
)

func TestMayAsk(t *testing.T) {
	t.Parallel()
	const ok = apperr.Code("")
	for _, test := range []struct {
		name         string
		caller       viewer.Viewer
		open, closed map[string]apperr.Code
	}{
		{
			"anonymous", anonymous,
			map[string]apperr.Code{"user": ok, "__schema": ok, "login": ok, "register": ok, "createProfile": ok, "followUser": ok},
			map[string]apperr.Code{
				"user": apperr.Unauthenticated, "__schema": apperr.Unauthenticated, "__typename": ok,
				"login": ok, "register": ok, "createProfile": apperr.Unauthenticated, "claimAccount": apperr.Unauthenticated, "followUser": apperr.Unauthenticated,
			},
		},
		{
			"without an account", stranger,
			map[string]apperr.Code{"user": ok, "login": ok, "register": ok, "createProfile": ok, "claimAccount": ok},
			map[string]apperr.Code{
				"user": apperr.Forbidden, "login": ok, "register": ok, "createProfile": ok, "claimAccount": ok, "followUser": apperr.Forbidden,
			},
		},
		{
			"with a rejected token", viewer.Viewer{Refusal: apperr.New(apperr.RateLimited, "too many tokens were tried")},
			map[string]apperr.Code{
				"user": apperr.RateLimited, "login": ok, "register": ok, "createProfile": apperr.RateLimited, "__schema": apperr.RateLimited,
			},
			map[string]apperr.Code{"user": apperr.RateLimited, "login": ok, "register": ok, "followUser": apperr.RateLimited},
		},
		{
			"with an account", ada,
			map[string]apperr.Code{"user": ok, "login": ok, "register": ok, "createProfile": ok, "followUser": ok},
			map[string]apperr.Code{"user": ok, "login": ok, "register": ok, "createProfile": ok, "followUser": ok},
		},
	} {
		for reads, want := range map[bool]map[string]apperr.Code{true: test.open, false: test.closed} {
			s := New(&memoryStore{}, Options{AnonymousReads: reads})
			for field, code := range want {
				err := s.MayAsk(withCaller(t, test.caller), field)
				if code == ok {
					require.NoError(t, err, "%s, %s, anonymous reads %t", test.name, field, reads)
					continue
				}
				require.Equal(t, code, apperr.CodeOf(err), "%s, %s, anonymous reads %t", test.name, field, reads)
			}
		}
	}
}

func TestMayIntrospect(t *testing.T) {
	t.Parallel()
	for _, caller := range []viewer.Viewer{anonymous, stranger, ada, olga} {
		for _, field := range []string{"__schema", "__type", "__typename", "user"} {
			for _, open := range []bool{true, false} {
				err := MayIntrospect(caller, field, open)
				if open || caller.Operator || field == "__typename" || field == "user" {
					require.NoError(t, err, field)
				} else {
					require.Equal(t, apperr.Forbidden, apperr.CodeOf(err), field)
				}
			}
		}
	}
}

func TestMayRunUntrusted(t *testing.T) {
	t.Parallel()
	for _, caller := range []viewer.Viewer{anonymous, stranger, ada} {
		require.True(t, MayRunUntrusted(caller, false))
		require.False(t, MayRunUntrusted(caller, true))
	}
	require.True(t, MayRunUntrusted(olga, true))
}

func TestViewerKeys(t *testing.T) {
	t.Parallel()
	for _, caller := range []viewer.Viewer{anonymous, stranger} {
		_, ok := ViewerKey(caller)
		require.False(t, ok)
		_, ok = FollowersYouKnowKey(caller)
		require.False(t, ok)
		require.False(t, IsViewer(caller, caller.CognitoID))
	}
	user, ok := ViewerKey(ada)
	require.True(t, ok)
	require.Equal(t, model.UserKey{CognitoID: "id-ada"}, user)
	connection, ok := FollowersYouKnowKey(ada)
	require.True(t, ok)
	require.Equal(t, model.ConnectionKey{Kind: page.FollowersYouKnow, With: "id-ada"}, connection)
	require.True(t, IsViewer(ada, "id-ada"))
	require.False(t, IsViewer(ada, "id-bob"))
}

func TestTargetAccount(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		caller viewer.Viewer
		userID *string
		id     string
		own    bool
		code   apperr.Code
	}{
		{"anonymous", anonymous, nil, "", false, apperr.Unauthenticated},
		{"anonymous about a user", anonymous, globalIDOf("ada"), "", false, apperr.Unauthenticated},
		{"a stranger", stranger, nil, "", false, apperr.Forbidden},
		{"a stranger about their own id", stranger, globalIDOf("stranger"), "", false, apperr.Forbidden},
		{"own account", ada, nil, "id-ada", true, ""},
		{"own account by id", ada, globalIDOf("ada"), "id-ada", true, ""},
		{"another", ada, globalIDOf("bob"), "", false, apperr.Forbidden},
		{"not an id", ada, stringPtr("bob"), "", false, apperr.BadUserInput},
		{"an operator", olga, nil, "id-olga", true, ""},
		{"an operator about another", olga, globalIDOf("bob"), "id-bob", false, ""},
	} {
		id, own, err := targetAccount(withCaller(t, test.caller), test.userID)
		if test.code != "" {
			require.Equal(t, test.code, apperr.CodeOf(err), test.name)
			continue
		}
		require.NoError(t, err, test.name)
		require.Equal(t, test.id, id, test.name)
		require.Equal(t, test.own, own, test.name)
	}
}

func TestPrivates(t *testing.T) {
	t.Parallel()
	ids := []string{"id-bob", "id-ada", "id-olga"}
	for _, test := range []struct {
		name   string
		caller viewer.Viewer
		seen   []string
	}{
		{"anonymous", anonymous, nil},
		{"a stranger", viewer.Viewer{CognitoID: "id-bob"}, nil},
		{"own account", ada, []string{"id-ada"}},
		{"an operator", olga, ids},
	} {
		w := newTestService()
		privates, err := w.Privates(withCaller(t, test.caller), ids)
		require.NoError(t, err)
		require.Len(t, privates, len(ids))
		var seen []string
		for i, private := range privates {
			if private != nil {
				require.Equal(t, ids[i], *private.City)
				seen = append(seen, ids[i])
			}
		}
		require.Equal(t, test.seen, seen, test.name)
		if test.seen == nil {
			require.Empty(t, w.store.calls, test.name)
			continue
		}
		require.Equal(t, [][]string{test.seen}, w.store.privates, test.name)
	}
}
