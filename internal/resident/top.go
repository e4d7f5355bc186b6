package resident

import (
	"context"
	"slices"
	"time"

	"followgraph/internal/model"
	"followgraph/internal/observe/meter"
	"followgraph/internal/page"
)

// GraphTotals returns the numbers of accounts and follows of the version.
func (v *Version) GraphTotals(context.Context) (model.GraphTotals, error) {
	return model.GraphTotals{UsersCount: v.Accounts(), FollowsCount: float64(v.Follows()), CountedAt: time.Now()}, nil
}

// topBytes is the memory that a user of a top list takes.
const topBytes = 32

// Top returns the most followed users of each key's list, who have accounts. A list of up to Scan users is read. For a
// longer one, the Scan most followed users of all are looked up in it, until there are enough.
func (v *Version) Top(ctx context.Context, keys []model.TopKey) ([]model.TopIDs, error) {
	lists := make([]model.TopIDs, len(keys))
	for i, key := range keys {
		if err := interrupted(ctx); err != nil {
			return nil, err
		}
		me := v.find(key.UserID)
		of := me.followers
		if key.Kind == page.Following {
			of = me.following
		}
		if err := meter.From(ctx).Hold(topBytes * min(key.Limit, of.len())); err != nil {
			return nil, err
		}
		var err error
		if of.len() <= key.Scan {
			lists[i].CognitoIDs, err = v.topOfList(ctx, of, key.Limit)
			lists[i].Complete = true
		} else {
			lists[i].CognitoIDs, err = v.topOfAll(ctx, me, key)
			lists[i].Complete = len(lists[i].CognitoIDs) == key.Limit
		}
		if err != nil {
			return nil, err
		}
	}
	return lists, nil
}

// topOfList reads a list.
func (v *Version) topOfList(ctx context.Context, of list, limit int) ([]string, error) {
	if limit == 0 {
		return nil, nil
	}
	best := make([]counted, 0, min(limit, of.len())) // the most followed first
	err := of.parts(ctx, func(entries []entry) {
		for i := range entries {
			c := v.node(entries[i].other).counted()
			if c.row == nil || len(best) == limit && c.compare(best[limit-1]) < 0 {
				continue
			}
			at, _ := slices.BinarySearchFunc(best, c, func(a, b counted) int { return b.compare(a) })
			best = slices.Insert(best[:min(len(best), limit-1)], at, c)
		}
	})
	ids := make([]string, len(best))
	for i, c := range best {
		ids[i] = c.row.cognitoID()
	}
	return ids, err
}

// topOfAll looks up the most followed users of all in a list of a user.
func (v *Version) topOfAll(ctx context.Context, me *node, key model.TopKey) (ids []string, err error) {
	visited := 0
	v.byFollowers.Reverse(func(c counted) bool {
		if c.followers == 0 || visited == key.Scan || len(ids) == key.Limit {
			return false
		}
		if visited++; visited%checkEvery == 0 {
			if err = interrupted(ctx); err != nil {
				return false
			}
		}
		follower, following := v.node(c.row.number), me
		if key.Kind == page.Following {
			follower, following = following, follower
		}
		if _, ok := v.follow(follower, following); ok {
			ids = append(ids, c.row.cognitoID())
		}
		return true
	})
	return ids, err
}
