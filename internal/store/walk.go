package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/model"
	"followgraph/internal/page"
)

// walk contains the properties that the keys of one statement share: the kind of connection, the direction, the walked
// list of an intersection, whether any key requests details of accounts, and how users by followers are read.
type walk struct {
	kind     page.Kind
	backward bool
	list     uint8
	details  bool
	order    followersOrder
}

// direction returns the order of the rows in the statement's index.
func (w walk) direction() direction {
	if w.kind.Ascends() != w.backward {
		return ascending
	}
	return descending
}

// statement returns the SQL for the walk, and its arguments for the keys.
func (w walk) statement(keys []model.ConnectionKey) (string, []any) {
	f := form{w.direction(), w.details}
	at, name, id, most := w.times(keys), w.names(keys), w.ids(keys), limits(keys)
	users := column(keys, func(key model.ConnectionKey) bool { return key.Projection.Users })
	counts := column(keys, func(key model.ConnectionKey) bool { return key.Projection.Counts })
	switch w.kind {
	case page.Followers, page.Following:
		return followPages[w.kind][f], []any{owners(keys, 0), at, id, most, users, counts}
	case page.Friends, page.FollowersInCommon, page.FollowingInCommon, page.FollowersYouKnow:
		walked, probed := owners(keys, w.list), owners(keys, 1-w.list)
		return commonPages[w.kind][w.list][f], []any{walked, probed, at, id, most, users, counts}
	case page.OldestUsers, page.NewestUsers:
		return userPagesCreated[f], []any{at, id, most, users, counts}
	case page.UsersAToZ, page.UsersZToA:
		return userPagesUsername[f], []any{name, id, most, users, counts}
	case page.MostFollowers, page.FewestFollowers:
		args := []any{w.followers(keys), name, id, most, users, counts}
		if w.order.step < allUsersRead {
			args = append(args, slices.Repeat([]int32{w.order.rows}, len(keys)))
		}
		return userPagesFollowers[w.order.step][f], args
	default:
		panic(fmt.Sprintf("no statement for pages of kind %d", w.kind))
	}
}

// maxExpectedEdges limits the edges for which memory is allocated up front: lists may be shorter than their pages.
const maxExpectedEdges = 2048

// edges groups the rows of the walk's statement by key, with the accounts that the keys request. Rows arrive key by
// key, and within a key in index order: a LATERAL can only be joined by a nested loop. The pages of the keys in cut lack
// rows, see followersOrder.
func (w walk) edges(ctx context.Context, rows pgx.Rows, keys []model.ConnectionKey) (pages [][]model.Edge, cut []int, err error) {
	expectedEdges := 0
	for _, key := range keys {
		expectedEdges += key.Page.Fetch()
	}
	expectedEdges = min(expectedEdges, maxExpectedEdges)
	all := make([]model.Edge, 0, expectedEdges) // of all keys: one allocation, not one per key
	ends := make([]int, len(keys))
	users := newUserReader(expectedEdges)
	err = eachRow(ctx, rows, func(r *row) {
		ordinal := int(r.integer() - 1)
		if r.isNull() {
			cut = append(cut, ordinal)
			return
		}
		id := users.keep(r.bytes())
		edge := model.Edge{UserID: id, Position: w.position(r, users, id)}
		edge.Node = users.read(r, edge.UserID, w.details, keys[ordinal].Projection.Counts)
		all = append(all, edge)
		ends[ordinal] = len(all)
	})
	start := 0
	pages = make([][]model.Edge, len(keys))
	for i, end := range ends {
		if end > start {
			pages[i] = all[start:end:end]
			start = end
		}
	}
	return pages, cut, err
}

// position reads the columns of a row that make up the position of the user with an id.
func (w walk) position(r *row, users *userReader, id string) page.Cursor {
	position := page.Cursor{Kind: w.kind, List: w.list}
	switch w.kind {
	case page.UsersAToZ, page.UsersZToA:
		position.Text = users.keep(r.bytes())
	case page.MostFollowers, page.FewestFollowers:
		position.At, position.Text = r.integer(), id
		return position
	default:
		at, _ := r.timestamp()
		position.At = at.UnixMicro()
	}
	position.ID = r.integer()
	return position
}

var (
	followPages = map[page.Kind]map[form]string{
		page.Followers: forms("follow_page", followPageData(followers)),
		page.Following: forms("follow_page", followPageData(following)),
	}
	userPagesCreated  = forms("user_page_created", func(f form) any { return f })
	userPagesUsername = forms("user_page_username", func(f form) any { return f })
)

func followPageData(l list) func(form) any {
	return func(f form) any {
		return struct {
			list
			form
		}{l, f}
	}
}
