package store

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/model"
	"followgraph/internal/page"
)

// Pages reads the pages of all keys. Pages reads one row more than requested, which shows whether another page follows
// (page.Request.Fetch). Rows are in the order away from the cursor. The edges of a page contain accounts and counts if
// the key's projection includes them, except in the additional row. Pages runs one statement for each kind of list and
// direction among the keys, for any number of keys, positions and limits, and one for each search. All of them take one
// round trip. A search for common words takes up to three more.
func (r reads) Pages(ctx context.Context, keys []model.ConnectionKey) ([][]model.Edge, error) {
	batch, err := r.pageBatch(ctx, keys)
	if err != nil {
		return nil, err
	}
	if _, err := r.run(ctx, batch.queries); err != nil {
		return nil, err
	}
	return batch.pages, batch.finish(ctx, r)
}

// Totals returns the totals of searches and of intersections, if they are small. There are no others: PostgreSQL stores
// none, and would read all elements to count them. Each search takes a statement, all intersections together take up to
// nine.
func (r reads) Totals(ctx context.Context, keys []model.ConnectionKey) ([]*int, error) {
	totals := make([]*int, len(keys))
	if err := r.commonTotals(ctx, keys, totals); err != nil {
		return nil, err
	}
	for i, key := range keys {
		if key.Kind != page.Search {
			continue
		}
		var err error
		if totals[i], err = r.searchTotal(ctx, key, r.search.counted); err != nil {
			return nil, err
		}
	}
	return totals, nil
}

// pageBatch is the statements of one round trip, the pages that they fill, and what may need more statements.
type pageBatch struct {
	queries  []query
	keys     []model.ConnectionKey
	walks    []walk
	pages    [][]model.Edge
	cut      []bool // pages of users by followers that the next step has to read
	searches []*search
}

// finish runs the other statements of searches and of users by followers.
func (b *pageBatch) finish(ctx context.Context, r reads) error {
	for _, s := range b.searches {
		if err := s.rest(ctx, r.run); err != nil {
			return err
		}
	}
	for i, cut := range b.cut {
		if !cut {
			continue
		}
		var err error
		if b.pages[i], err = r.fromAllUsers(ctx, b.walks[i], b.keys[i]); err != nil {
			return err
		}
	}
	return nil
}

// pageBatch returns the statements for all keys.
func (r reads) pageBatch(ctx context.Context, keys []model.ConnectionKey) (*pageBatch, error) {
	walks, err := r.walks(ctx, keys)
	if err != nil {
		return nil, err
	}
	batch := &pageBatch{keys: keys, walks: walks, pages: make([][]model.Edge, len(keys)), cut: make([]bool, len(keys))}
	var order []walk
	groups := map[walk][]int{}
	for i, w := range walks {
		if w.kind == page.Search {
			s := &search{limits: r.search, walk: w, key: keys[i], page: &batch.pages[i]}
			batch.searches, batch.queries = append(batch.searches, s), append(batch.queries, s.first())
			continue
		}
		if groups[w] == nil {
			order = append(order, w)
		}
		groups[w] = append(groups[w], i)
	}
	for _, w := range order {
		batch.queries = append(batch.queries, batch.query(w, groups[w]))
	}
	return batch, nil
}

// walks returns one walk for each key.
func (r reads) walks(ctx context.Context, keys []model.ConnectionKey) ([]walk, error) {
	shorter, err := r.listsToWalk(ctx, keys)
	if err != nil {
		return nil, err
	}
	// All keys get the same value, because the keys of one level could otherwise take two statements.
	details := slices.ContainsFunc(keys, func(key model.ConnectionKey) bool { return key.Projection.Details })
	walks := make([]walk, len(keys))
	for i, key := range keys {
		walks[i] = walk{kind: key.Kind, backward: key.Page.Backward, list: shorter[i], details: details}
		if key.Kind == page.MostFollowers || key.Kind == page.FewestFollowers {
			walks[i].order.rows = r.followersWalk
		}
	}
	return walks, nil
}

// query returns the query that reads the pages of a group of keys. The keys share this walk; group contains their
// indexes.
func (b *pageBatch) query(w walk, group []int) query {
	groupKeys := make([]model.ConnectionKey, len(group))
	for i, index := range group {
		groupKeys[i] = b.keys[index]
	}
	sql, args := w.statement(groupKeys)
	return query{sql, args, func(ctx context.Context, rows pgx.Rows) error {
		pages, cut, err := w.edges(ctx, rows, groupKeys)
		for i, index := range group {
			b.pages[index], b.cut[index] = pages[i], slices.Contains(cut, i)
		}
		return err
	}}
}
