package resident

import (
	"cmp"
	"context"
	"slices"

	"followgraph/internal/model"
	"followgraph/internal/observe/meter"
	"followgraph/internal/timestamp"
)

// Relations returns for each user, in their order, whether the viewer follows them and whether they follow the viewer.
func (v *Version) Relations(_ context.Context, viewer string, cognitoIDs []string) ([]model.Relation, error) {
	relations := make([]model.Relation, len(cognitoIDs))
	me := v.find(viewer)
	for i, id := range cognitoIDs {
		other := v.find(id)
		_, relations[i].ViewerFollows = v.follow(me, other)
		_, relations[i].FollowsViewer = v.follow(other, me)
	}
	return relations, nil
}

// followBytes is the memory that a follow between two users takes.
const followBytes = 56

// FollowsBetween returns the follows of each key between users who have accounts, sorted by follower and then by
// followed user, ids by bytes.
func (v *Version) FollowsBetween(ctx context.Context, keys []*model.BetweenKey) ([][]model.Follow, error) {
	lists := make([][]model.Follow, len(keys))
	for i, key := range keys {
		followings := v.accountsOf(key.Followings)
		for _, follower := range v.accountsOf(key.Followers) {
			if err := interrupted(ctx); err != nil {
				return nil, err
			}
			for _, following := range followings {
				e, ok := v.follow(follower, following)
				if !ok {
					continue
				}
				lists[i] = append(lists[i], model.Follow{
					Follower: follower.user.CognitoID, Following: following.user.CognitoID,
					FollowedAt: timestamp.Timestamp(v.time(e).first).Time(),
				})
			}
		}
		if err := meter.From(ctx).Hold(len(lists[i]) * followBytes); err != nil {
			return nil, err
		}
	}
	return lists, nil
}

// accountsOf returns the nodes of the ids that have accounts, sorted by id.
func (v *Version) accountsOf(ids []string) []*node {
	nodes := make([]*node, 0, len(ids))
	for _, id := range ids {
		if n := v.find(id); n.row != nil {
			nodes = append(nodes, n)
		}
	}
	slices.SortFunc(nodes, func(a, b *node) int { return cmp.Compare(a.user.CognitoID, b.user.CognitoID) })
	return nodes
}
