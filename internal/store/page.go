package store

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/model"
)

// Pages reads the pages of all keys. Pages reads one row more than requested, which shows whether another page follows
// (page.Request.Fetch). Rows are in the order away from the cursor. The edges of a page contain accounts and counts if
// the key's projection includes them, except in the additional row. Pages runs one statement for each kind of list and
// direction among the keys, for any number of keys, positions and limits.
func (r reads) Pages(ctx context.Context, keys []model.ConnectionKey) ([][]model.Edge, error) {
	queries, pages, err := r.pageQueries(ctx, keys)
	if err != nil {
		return nil, err
	}
	if _, err := r.run(ctx, queries); err != nil {
		return nil, err
	}
	return pages, nil
}

// Totals returns no totals and runs no statement: PostgreSQL stores none, and would read all elements to count them.
func (reads) Totals(_ context.Context, keys []model.ConnectionKey) ([]*int, error) {
	return make([]*int, len(keys)), nil
}

// pageQueries returns the statements for all keys, and the pages that they fill.
func (r reads) pageQueries(ctx context.Context, keys []model.ConnectionKey) ([]query, [][]model.Edge, error) {
	walks, err := r.walks(ctx, keys)
	if err != nil {
		return nil, nil, err
	}
	var order []walk
	groups := map[walk][]int{}
	for i, w := range walks {
		if groups[w] == nil {
			order = append(order, w)
		}
		groups[w] = append(groups[w], i)
	}
	pages := make([][]model.Edge, len(keys))
	queries := make([]query, len(order))
	for i, w := range order {
		queries[i] = w.query(keys, groups[w], pages)
	}
	return queries, pages, nil
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
