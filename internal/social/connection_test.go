package social_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/social"
)

// countingReader has connections of five elements, and records the keys that it counts.
type countingReader struct {
	social.Store
	err     error
	counted []model.ConnectionKey
}

func (*countingReader) Pages(_ context.Context, keys []model.ConnectionKey) ([][]model.Edge, error) {
	rows := make([][]model.Edge, len(keys))
	for i, key := range keys {
		rows[i] = make([]model.Edge, min(key.Page.Fetch(), 5))
	}
	return rows, nil
}

func (r *countingReader) UsersAndPages(ctx context.Context, _ []model.UserKey, keys []model.ConnectionKey) ([]*model.User, [][]model.Edge, error) {
	rows, err := r.Pages(ctx, keys)
	return []*model.User{{}}, rows, err
}

func (r *countingReader) Totals(_ context.Context, keys []model.ConnectionKey) ([]*int, error) {
	r.counted = slices.Clone(keys)
	totals := make([]*int, len(keys))
	totals[0] = new(5)
	return totals, r.err
}

// TestTotalsAreCountedTogether: the rows of a whole connection are its total, and the others are counted in one call.
func TestTotalsAreCountedTogether(t *testing.T) {
	t.Parallel()
	request := func(total bool, limit int, cursor bool) model.ConnectionKey {
		return model.ConnectionKey{Kind: page.Friends, Total: total, Page: page.Request{Limit: limit, HasCursor: cursor}, ProbeOtherSide: cursor}
	}
	keys := []model.ConnectionKey{
		request(false, 2, false), request(true, 2, false), request(true, 5, false), request(true, 100, true), request(true, 0, false), request(false, 9, false),
	}
	reader := &countingReader{}
	pages, err := social.New(reader, social.Options{}).Connections(t.Context(), keys)
	require.NoError(t, err)
	require.Equal(t, []model.ConnectionKey{keys[1], keys[3], keys[4]}, reader.counted)
	for i, want := range []*int{nil, new(5), new(5), nil, nil, nil} {
		require.Equal(t, want, pages[i].TotalCount(), i)
	}

	reader = &countingReader{}
	_, err = social.New(reader, social.Options{}).Connections(t.Context(), []model.ConnectionKey{keys[0], keys[2]})
	require.NoError(t, err)
	require.Nil(t, reader.counted)

	reader = &countingReader{err: errors.New("broken")}
	_, err = social.New(reader, social.Options{}).Connections(t.Context(), keys)
	require.ErrorIs(t, err, reader.err)
	users, pages, err := social.New(reader, social.Options{}).UsersAndConnections(t.Context(), nil, keys)
	require.NoError(t, err)
	require.Len(t, users, 1)
	require.Nil(t, pages)
}
