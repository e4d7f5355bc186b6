package social_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/globalid"
	"followgraph/internal/model"
	"followgraph/internal/social"
	"followgraph/internal/viewer"
)

// TestReaderIsSeparate puts a second implementation of Reader beside the store that writes.
func TestReaderIsSeparate(t *testing.T) {
	t.Parallel()
	reader, store := &recordingStore{}, &recordingStore{}
	service := social.New(struct {
		social.Reader
		social.AccountStore
		social.FollowWriter
	}{reader, store, store}, social.Options{})
	ctx := viewer.With(t.Context(), operator)

	_, err := service.FollowUser(ctx, model.FollowUserInput{UserID: globalid.User("you")})
	require.NoError(t, err)
	_, err = service.Relations(ctx, []string{"you"})
	require.NoError(t, err)
	_, err = service.Suggestions(ctx, "me", 10)
	require.NoError(t, err)

	require.Equal(t, []string{"relations me[you]", "suggestions me10"}, reader.calls)
	require.Equal(t, []string{"follow me>you"}, store.calls)
}
