package store

import (
	"context"
	"sort"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/model"
)

var followsBetweenSQL = statement("follows_between", nil)

// FollowsBetween returns the follows between the users of each key that have accounts. They are sorted by the bytes of
// the follower's id, then by the bytes of the followed user's id. It takes one statement for any number of keys, and
// probes the index once for each pair of ids.
func (r reads) FollowsBetween(ctx context.Context, keys []*model.BetweenKey) ([][]model.Follow, error) {
	var lists [][]model.Follow
	_, err := r.run(ctx, []query{{followsBetweenSQL, betweenArgs(keys), func(ctx context.Context, rows pgx.Rows) error {
		lists = make([][]model.Follow, len(keys))
		var ids stringArena
		return eachRow(ctx, rows, func(r *row) {
			list := &lists[r.integer()-1]
			follow := model.Follow{Follower: ids.keep(r.bytes()), Following: ids.keep(r.bytes())}
			follow.FollowedAt, _ = r.time()
			*list = append(*list, follow)
		})
	}}})
	if err != nil {
		return nil, err
	}
	for _, list := range lists {
		// The rows are already sorted, unless the planner read the other list first. For this rare case, slices.SortFunc
		// would add 20 KB to the program.
		less := func(i, j int) bool {
			a, b := &list[i], &list[j]
			return a.Follower < b.Follower || a.Follower == b.Follower && a.Following < b.Following
		}
		if !sort.SliceIsSorted(list, less) {
			sort.Slice(list, less)
		}
	}
	return lists, nil
}

// betweenArgs returns the ids of all keys, concatenated, and where the ids of each key begin and end.
func betweenArgs(keys []*model.BetweenKey) []any {
	var followers, followings span
	for _, key := range keys {
		followers.add(key.Followers)
		followings.add(key.Followings)
	}
	return []any{followers.ids, followers.first, followers.last, followings.ids, followings.first, followings.last}
}

// span is a concatenation of lists, with the positions of each list's first and last element. Positions start at 1.
type span struct {
	ids         []string
	first, last []int32
}

func (s *span) add(ids []string) {
	s.first = append(s.first, int32(len(s.ids)+1))
	s.ids = append(s.ids, ids...)
	s.last = append(s.last, int32(len(s.ids)))
}
