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
	return batch.pages, batch.finish(ctx, r.run)
}

// Totals returns the totals of searches, with one statement for each, if they are small. There are no others: PostgreSQL
// stores none, and would read all elements to count them.
func (r reads) Totals(ctx context.Context, keys []model.ConnectionKey) ([]*int, error) {
	totals := make([]*int, len(keys))
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

// pageBatch is the statements of one round trip, the pages that they fill, and the searches that may need more
// statements.
type pageBatch struct {
	queries  []query
	pages    [][]model.Edge
	searches []*search
}

// finish runs the other statements of the searches.
func (b *pageBatch) finish(ctx context.Context, run func(context.Context, []query) (int, error)) error {
	for _, s := range b.searches {
		if err := s.rest(ctx, run); err != nil {
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
	batch := &pageBatch{pages: make([][]model.Edge, len(keys))}
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
		batch.queries = append(batch.queries, w.query(keys, groups[w], batch.pages))
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
	}
	return walks, nil
}

// query returns the query that reads the pages of a group of keys into pages. The keys share this walk; group contains
// their indexes.
func (w walk) query(keys []model.ConnectionKey, group []int, pages [][]model.Edge) query {
	groupKeys := make([]model.ConnectionKey, len(group))
	for i, index := range group {
		groupKeys[i] = keys[index]
	}
	sql, args := w.statement(groupKeys)
	return query{sql, args, func(ctx context.Context, rows pgx.Rows) error {
		edges, err := w.edges(ctx, rows, groupKeys)
		for i, index := range group {
			pages[index] = edges[i]
		}
		return err
	}}
}
