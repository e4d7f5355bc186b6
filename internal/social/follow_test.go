package social_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/globalid"
	"followgraph/internal/model"
	"followgraph/internal/social"
	"followgraph/internal/viewer"
)

// recordingStore records the calls of the rules and answers them from memory. The user "unknown" has no account.
type recordingStore struct {
	social.Store
	calls []string
	err   error
}

var followStart = time.Date(2025, 6, 20, 12, 0, 0, 0, time.UTC)

func (a *recordingStore) Follow(ctx context.Context, key model.FollowKey) (model.FollowChange, error) {
	result := a.FollowAll(ctx, []model.FollowKey{key})[0]
	return result.FollowChange, result.Err
}

func (a *recordingStore) FollowAll(_ context.Context, keys []model.FollowKey) []model.FollowResult {
	results := make([]model.FollowResult, len(keys))
	for i, key := range keys {
		a.calls = append(a.calls, "follow "+key.FollowerID+">"+key.FollowingID)
		results[i] = model.FollowResult{FollowChange: model.FollowChange{Changed: true, FollowedAt: followStart}, Err: a.err}
		if key.FollowingID == "unknown" && a.err == nil {
			results[i] = model.FollowResult{Err: apperr.New(apperr.NotFound, "no user has this id")}
		}
	}
	return results
}

func (a *recordingStore) Unfollow(_ context.Context, key model.FollowKey) (model.FollowChange, error) {
	a.calls = append(a.calls, "unfollow "+key.FollowerID+">"+key.FollowingID)
	return model.FollowChange{}, a.err
}

func (a *recordingStore) Relations(_ context.Context, viewerID string, ids []string) ([]model.Relation, error) {
	a.calls = append(a.calls, fmt.Sprint("relations ", viewerID, ids))
	relations := make([]model.Relation, len(ids))
	for i := range relations {
		relations[i].ViewerFollows = true
	}
	return relations, a.err
}

func (a *recordingStore) Suggestions(_ context.Context, id string, limit int) ([]model.SuggestionRank, error) {
	a.calls = append(a.calls, fmt.Sprint("suggestions ", id, limit))
	return nil, a.err
}

var (
	anonymous    = viewer.Viewer{}
	unregistered = viewer.Viewer{CognitoID: "me"}
	registered   = viewer.Viewer{CognitoID: "me", Registered: true}
	operator     = viewer.Viewer{CognitoID: "me", Registered: true, Operator: true}
)

// change calls one of the four mutations for a user and returns its payload.
type change func(context.Context, *social.Service, string) (any, error)

var changes = map[string]change{
	"followUser": func(ctx context.Context, s *social.Service, id string) (any, error) {
		return s.FollowUser(ctx, model.FollowUserInput{UserID: id, ClientMutationID: new("m")})
	},
	"followUsers": func(ctx context.Context, s *social.Service, id string) (any, error) {
		return s.FollowUsers(ctx, model.FollowUsersInput{UserIds: []string{id}, ClientMutationID: new("m")})
	},
	"unfollowUser": func(ctx context.Context, s *social.Service, id string) (any, error) {
		return s.UnfollowUser(ctx, model.UnfollowUserInput{UserID: id, ClientMutationID: new("m")})
	},
	"removeFollower": func(ctx context.Context, s *social.Service, id string) (any, error) {
		return s.RemoveFollower(ctx, model.RemoveFollowerInput{UserID: id, ClientMutationID: new("m")})
	},
}

func TestFollowingNeedsAnAccount(t *testing.T) {
	t.Parallel()
	for name, call := range changes {
		for _, test := range []struct {
			caller viewer.Viewer
			code   apperr.Code
		}{{anonymous, apperr.Unauthenticated}, {unregistered, apperr.Forbidden}} {
			store := &recordingStore{}
			_, err := call(viewer.With(t.Context(), test.caller), social.New(store, social.Options{}), "not even an id")
			require.Equal(t, test.code, apperr.CodeOf(err), name)
			require.Empty(t, store.calls, name)
		}
	}
}

func TestFollowing(t *testing.T) {
	t.Parallel()
	ctx := viewer.With(t.Context(), registered)
	you := globalid.User("you")
	me, them := &model.User{CognitoID: "me"}, &model.User{CognitoID: "you"}
	for name, test := range map[string]struct {
		ask  string
		want any
	}{
		"followUser": {"follow me>you", &model.FollowUserPayload{ClientMutationID: new("m"), User: them, Viewer: me,
			Changed: true, FollowedAt: &followStart}},
		"followUsers": {"follow me>you", &model.FollowUsersPayload{ClientMutationID: new("m"), Viewer: me,
			Results: []model.FollowUserResult{{UserID: you, User: them, Changed: true, FollowedAt: &followStart}}}},
		"unfollowUser":   {"unfollow me>you", &model.UnfollowUserPayload{ClientMutationID: new("m"), User: them, Viewer: me}},
		"removeFollower": {"unfollow you>me", &model.RemoveFollowerPayload{ClientMutationID: new("m"), User: them, Viewer: me}},
	} {
		store := &recordingStore{}
		payload, err := changes[name](ctx, social.New(store, social.Options{}), you)
		require.NoError(t, err, name)
		require.Equal(t, test.want, payload, name)
		require.Equal(t, []string{test.ask}, store.calls, name)

		_, err = changes[name](ctx, social.New(&recordingStore{err: errors.New("a fault")}, social.Options{}), you)
		require.EqualError(t, err, "a fault", name)
		if name == "followUsers" {
			continue
		}
		store = &recordingStore{}
		_, err = changes[name](ctx, social.New(store, social.Options{}), "no id")
		var e *apperr.Error
		require.ErrorAs(t, err, &e, name)
		require.Equal(t, apperr.BadUserInput, e.Code, name)
		require.Equal(t, "userId", e.Field, name)
		require.Empty(t, store.calls, name)
	}
	_, err := changes["followUser"](ctx, social.New(&recordingStore{}, social.Options{}), globalid.User("me"))
	require.EqualError(t, err, "you cannot follow yourself")
	_, err = changes["followUser"](ctx, social.New(&recordingStore{}, social.Options{}), globalid.User("unknown"))
	require.Equal(t, apperr.NotFound, apperr.CodeOf(err))
}

func TestFollowUsers(t *testing.T) {
	t.Parallel()
	ctx := viewer.With(t.Context(), registered)
	a, unknown, me := globalid.User("a"), globalid.User("unknown"), globalid.User("me")
	follow := func(store *recordingStore, ids ...string) (*model.FollowUsersPayload, error) {
		return social.New(store, social.Options{}).FollowUsers(ctx, model.FollowUsersInput{UserIds: ids})
	}

	store := &recordingStore{}
	payload, err := follow(store, unknown, "x", a, me)
	require.NoError(t, err)
	require.Equal(t, []string{"follow me>unknown", "follow me>a"}, store.calls)
	require.Equal(t, []model.FollowUserResult{
		{UserID: unknown, Error: &model.FollowError{Code: "NOT_FOUND", Message: "no user has this id"}},
		{UserID: "x", Error: &model.FollowError{Code: "BAD_USER_INPUT",
			Message: "userIds[1] is not a valid global id: use the value of an `id` field of this API"}},
		{UserID: a, User: &model.User{CognitoID: "a"}, Changed: true, FollowedAt: &followStart},
		{UserID: me, Error: &model.FollowError{Code: "BAD_USER_INPUT", Message: "you cannot follow yourself"}},
	}, payload.Results)

	_, err = follow(&recordingStore{err: apperr.New(apperr.Unauthenticated, "the account of the caller no longer exists")}, "x", a)
	require.Equal(t, apperr.Unauthenticated, apperr.CodeOf(err))

	_, err = follow(&recordingStore{}, make([]string, social.MaxFollows)...)
	require.NoError(t, err)
	for _, n := range []int{0, social.MaxFollows + 1} {
		_, err = follow(&recordingStore{}, make([]string, n)...)
		require.EqualError(t, err, fmt.Sprintf("userIds must have 1 to 100 ids, not %d", n))
	}
}

func TestRelations(t *testing.T) {
	t.Parallel()
	yes, no := model.Relation{ViewerFollows: true}, model.Relation{}
	for name, test := range map[string]struct {
		caller viewer.Viewer
		ids    []string
		want   []model.Relation
		calls  []string
	}{
		"anonymous":    {anonymous, []string{"a", "b"}, []model.Relation{no, no}, nil},
		"unregistered": {unregistered, []string{"a", "me"}, []model.Relation{no, no}, nil},
		"the caller":   {registered, []string{"me"}, []model.Relation{no}, nil},
		"others":       {registered, []string{"a", "me", "b"}, []model.Relation{yes, no, yes}, []string{"relations me[a b]"}},
	} {
		store := &recordingStore{}
		got, err := social.New(store, social.Options{}).Relations(viewer.With(t.Context(), test.caller), test.ids)
		require.NoError(t, err, name)
		require.Equal(t, test.want, got, name)
		require.Equal(t, test.calls, store.calls, name)
	}
}

func TestSuggestions(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		caller viewer.Viewer
		id     string
		shown  bool
	}{
		"anonymous":    {anonymous, "a", false},
		"unregistered": {unregistered, "me", false},
		"the caller":   {registered, "me", true},
		"another":      {registered, "a", false},
		"operator":     {operator, "a", true},
	} {
		store := &recordingStore{}
		ranks, err := social.New(store, social.Options{}).Suggestions(viewer.With(t.Context(), test.caller), test.id, 10)
		require.NoError(t, err, name)
		require.Equal(t, test.shown, ranks != nil, name)
		require.Equal(t, test.shown, len(store.calls) == 1, name)
	}
	for _, first := range []int{-1, 101} {
		_, err := social.New(&recordingStore{}, social.Options{}).Suggestions(viewer.With(t.Context(), registered), "me", first)
		require.EqualError(t, err, fmt.Sprintf("first must be between 0 and 100, not %d", first))
	}
	for id, want := range map[string][]model.SuggestionRank{"me": {}, "a": nil} {
		store := &recordingStore{}
		ranks, err := social.New(store, social.Options{}).Suggestions(viewer.With(t.Context(), registered), id, 0)
		require.NoError(t, err)
		require.Equal(t, want, ranks)
		require.Empty(t, store.calls)
	}
}
