package store

import (
	"context"
	"slices"

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

// maxCommonTotal is the length up to which a list is walked to count the elements that it shares with a longer one.
const maxCommonTotal = 10_000

// commonPages and commonTotals hold the statements of the intersections, by the list that is walked.
var (
	commonPages  = ofIntersections(func(data func(form) any) map[form]string { return forms("common_page", data) })
	commonTotals = ofIntersections(func(data func(form) any) string { return statement("common_total", data(form{})) })
)

// ofIntersections returns statements for each intersection and each walked list.
func ofIntersections[T any](render func(data func(form) any) T) map[page.Kind][2]T {
	all := map[page.Kind][2]T{}
	for kind, lists := range intersections {
		for walked := range lists {
			both := all[kind]
			both[walked] = render(func(f form) any {
				return struct {
					form
					Walked, Probed list
				}{f, lists[walked], lists[1-walked]}
			})
			all[kind] = both
		}
	}
	return all
}

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
	for i, key := range keys {
		switch _, ok := intersections[key.Kind]; {
		case !ok:
		case key.Page.HasCursor:
			walked[i] = key.Page.Cursor.List
		case key.Page.HasEnd:
			walked[i] = key.Page.End.List
		default:
			undecided = append(undecided, i)
		}
	}
	shorter, err := r.shorterLists(ctx, keys, undecided)
	if err != nil {
		return nil, err
	}
	for n, i := range undecided {
		walked[i] = shorter[n].list
	}
	return walked, nil
}

// shorterList is one of the two lists of an intersection.
type shorterList struct {
	list   uint8
	length int64
}

// shorterLists returns the shorter list of each key of a group, whose indexes are given. All are intersections. It runs
// one statement, or none for an empty group.
func (r reads) shorterLists(ctx context.Context, keys []model.ConnectionKey, group []int) ([]shorterList, error) {
	if len(group) == 0 {
		return nil, nil
	}
	users := make([]string, 0, 2*len(group))
	for _, i := range group {
		users = append(users, owner(keys[i], 0), owner(keys[i], 1))
	}
	type counts struct{ followers, following int64 }
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
		return c.following
	}
	shorter := make([]shorterList, len(group))
	for n, i := range group {
		lists := intersections[keys[i].Kind]
		first, second := length(lists[0], userCounts[2*n]), length(lists[1], userCounts[2*n+1])
		shorter[n] = shorterList{0, first}
		if second < first {
			shorter[n] = shorterList{1, second}
		}
	}
	return shorter, nil
}

// commonTotals sets the totals of the intersections among the keys whose shorter list has at most maxCommonTotal
// elements. It runs one statement for the counts, and one for each kind and walked list.
func (r reads) commonTotals(ctx context.Context, keys []model.ConnectionKey, totals []*int) error {
	var group []int
	for i, key := range keys {
		if _, ok := intersections[key.Kind]; ok {
			group = append(group, i)
		}
	}
	shorter, err := r.shorterLists(ctx, keys, group)
	if err != nil {
		return err
	}
	var order []walk
	groups := map[walk][]int{}
	for n, i := range group {
		if shorter[n].length > maxCommonTotal {
			continue
		}
		w := walk{kind: keys[i].Kind, list: shorter[n].list}
		if groups[w] == nil {
			order = append(order, w)
		}
		groups[w] = append(groups[w], i)
	}
	var queries []query
	for _, w := range order {
		queries = append(queries, w.totalQuery(keys, groups[w], totals))
	}
	if len(queries) > 0 {
		_, err = r.run(ctx, queries)
	}
	return err
}

// totalQuery returns the query that counts the shared elements of a group of keys into totals.
func (w walk) totalQuery(keys []model.ConnectionKey, group []int, totals []*int) query {
	var walked, probed []string
	for _, i := range group {
		walked, probed = append(walked, owner(keys[i], w.list)), append(probed, owner(keys[i], 1-w.list))
	}
	most := slices.Repeat([]int32{maxCommonTotal}, len(group))
	return query{commonTotals[w.kind][w.list], []any{walked, probed, most}, func(_ context.Context, rows pgx.Rows) error {
		return eachSmallRow(rows, func(r *row) error {
			at := group[r.integer()-1]
			totals[at] = nil
			if !r.isNull() {
				totals[at] = new(int(r.integer()))
			}
			return nil
		})
	}}
}
