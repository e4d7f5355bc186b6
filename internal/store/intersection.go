package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/model"
	"followgraph/internal/page"
)

// intersections maps each connection that is the intersection of two follow lists to these lists. A statement walks one
// list and probes the other. The cursor records which list was walked, so the order of a connection does not change if
// counts change between two pages.
var intersections = map[page.Kind][2]list{
	page.Friends:           {followers, following},
	page.FollowersInCommon: {followers, followers},
	page.FollowingInCommon: {following, following},
	page.FollowersYouKnow:  {followers, following},
}

// commonPages holds the statements of the intersections, by the list that is walked.
var commonPages = func() map[page.Kind][2]map[form]string {
	pages := map[page.Kind][2]map[form]string{}
	for kind, lists := range intersections {
		for walked := range lists {
			both := pages[kind]
			both[walked] = forms("common_page", func(f form) any {
				return struct {
					form
					Walked, Probed list
				}{f, lists[walked], lists[1-walked]}
			})
			pages[kind] = both
		}
	}
	return pages
}()

// owner returns the owner of an intersection's first (0) or second (1) list. For friends, one user owns both lists. For
// the other intersections, another user owns the second list; the owner is empty if the key names no other user.
func owner(key model.ConnectionKey, list uint8) string {
	if list == 1 && key.Kind != page.Friends {
		return key.With
	}
	return key.User
}

func owners(keys []model.ConnectionKey, list uint8) []string {
	return column(keys, func(key model.ConnectionKey) string { return owner(key, list) })
}

var countsSQL = statement("counts", nil)

// listsToWalk returns, for each key that is an intersection, the list to walk: the list of its cursor if it has one,
// otherwise the shorter list. The long list of a celebrity is therefore probed and not walked. It runs one statement if
// any key needs a choice, otherwise none.
func (r reads) listsToWalk(ctx context.Context, keys []model.ConnectionKey) ([]uint8, error) {
	walked := make([]uint8, len(keys))
	var undecided []int
	var users []string
	for i, key := range keys {
		if _, ok := intersections[key.Kind]; !ok {
			continue
		}
		switch {
		case key.Page.HasCursor:
			walked[i] = key.Page.Cursor.List
			continue
		case key.Page.HasEnd:
			walked[i] = key.Page.End.List
			continue
		}
		undecided = append(undecided, i)
		users = append(users, owner(key, 0), owner(key, 1))
	}
	if len(undecided) == 0 {
		return walked, nil
	}

	type counts struct{ followers, followings int64 }
	userCounts := make([]counts, len(users))
	if _, err := r.run(ctx, []query{{countsSQL, []any{users}, func(ctx context.Context, rows pgx.Rows) error {
		return eachRow(ctx, rows, func(r *row) {
			ordinal := r.integer() - 1
			userCounts[ordinal] = counts{r.integer(), r.integer()}
		})
	}}}); err != nil {
		return nil, err
	}
	length := func(l list, c counts) int64 {
		if l == followers {
			return c.followers
		}
		return c.followings
	}
	for n, i := range undecided {
		lists := intersections[keys[i].Kind]
		if length(lists[1], userCounts[2*n+1]) < length(lists[0], userCounts[2*n]) {
			walked[i] = 1
		}
	}
	return walked, nil
}
