package store

import (
	"cmp"
	"context"
	"slices"

	"followgraph/internal/model"
)

var followsBetweenSQL = statement("follows_between", nil)

// FollowsBetween reads the follows of each key, by follower and then by whom they follow, ids by bytes: those between
// users who have accounts. It takes one statement, however many keys there are, and probes the index for each pair of ids.
func (s *Store) FollowsBetween(ctx context.Context, keys []*model.BetweenKey) ([][]model.Follow, error) {
	rows, err := s.pool.Query(ctx, followsBetweenSQL, betweenArgs(keys)...)
	if err != nil {
		return nil, classify(ctx, err)
	}
	lists := make([][]model.Follow, len(keys))
	var ids stringArena
	err = eachRow(ctx, rows, func(r *row) {
		list := &lists[r.integer()-1]
		follow := model.Follow{Follower: ids.keep(r.bytes()), Following: ids.keep(r.bytes())}
		follow.FollowedAt, _ = r.time()
		*list = append(*list, follow)
	})
	if err != nil {
		return nil, classify(ctx, err)
	}
	for _, list := range lists {
		// Sorted it is already, unless the planner has taken the other list first.
		slices.SortFunc(list, func(a, b model.Follow) int {
			return cmp.Or(cmp.Compare(a.Follower, b.Follower), cmp.Compare(a.Following, b.Following))
		})
	}
	return lists, nil
}

// betweenArgs are the ids of all keys, one behind the other, and where each key's begin and end.
func betweenArgs(keys []*model.BetweenKey) []any {
	var followers, followings span
	for _, key := range keys {
		followers.add(key.Followers)
		followings.add(key.Followings)
	}
	return []any{followers.ids, followers.first, followers.last, followings.ids, followings.first, followings.last}
}

// span is lists one behind the other, with the places of each one's first and last element, which count from 1.
type span struct {
	ids         []string
	first, last []int32
}

func (s *span) add(ids []string) {
	s.first = append(s.first, int32(len(s.ids)+1))
	s.ids = append(s.ids, ids...)
	s.last = append(s.last, int32(len(s.ids)))
}
