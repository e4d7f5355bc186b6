package resident

import (
	"cmp"
	"context"
	"slices"

	"followgraph/internal/model"
)

// suggestionFanOut is how many of the user's newest follows contribute suggestions, and how many of the newest follows
// of each of those users are read.
const suggestionFanOut = 100

// Suggestions ranks at most limit users that a user might follow: accounts that the user does not follow, by how many
// of the users that the user follows follow them. Ties are broken by the smaller id. It reads at most suggestionFanOut
// × suggestionFanOut follows.
func (v *Version) Suggestions(ctx context.Context, cognitoID string, limit int) ([]model.SuggestionRank, error) {
	me := v.find(cognitoID)
	var mine, theirs [suggestionFanOut]entry
	counts := map[uint32]int{}
	for _, my := range mine[:me.following.walk(start{}, true, v.time, mine[:])] {
		n := v.node(my.other).following.walk(start{}, true, v.time, theirs[:])
		for _, their := range theirs[:n] {
			counts[their.other]++
		}
	}
	delete(counts, me.number)
	if err := interrupted(ctx); err != nil {
		return nil, err
	}
	best := make([]model.SuggestionRank, 0, max(0, min(limit, len(counts))))
	order := func(a, b model.SuggestionRank) int {
		return cmp.Or(cmp.Compare(b.FollowedByCount, a.FollowedByCount), cmp.Compare(a.UserID, b.UserID))
	}
	for number, count := range counts {
		rank := model.SuggestionRank{UserID: v.names.id(number), FollowedByCount: count}
		if len(best) >= limit && (limit <= 0 || order(best[limit-1], rank) < 0) {
			continue
		}
		other := v.node(number)
		if _, follows := v.follow(me, other); follows || other.row == nil {
			continue
		}
		i, _ := slices.BinarySearchFunc(best, rank, order)
		best = slices.Insert(best[:min(len(best), max(0, limit-1))], min(i, limit-1), rank)
	}
	return best, nil
}
