package store

import (
	"context"

	"followgraph/internal/model"
)

// Pages reads the pages of all keys, each with the one row more that tells whether another page follows, as
// page.Request.Fetch says, read away from the cursor. The edges of a page have their accounts and counts where the key
// selects them, but for that last row. It takes one statement for each kind of list and direction among the keys,
// however many keys, positions and limits there are.
func (s *Store) Pages(ctx context.Context, keys []model.ConnectionKey) ([][]model.Edge, error) {
	walks, err := s.walks(ctx, keys)
	if err != nil {
		return nil, err
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
	for _, w := range order {
		if err := s.readGroup(ctx, w, keys, groups[w], pages); err != nil {
			return nil, err
		}
	}
	return pages, nil
}

// walks decides the walk of every key.
func (s *Store) walks(ctx context.Context, keys []model.ConnectionKey) ([]walk, error) {
	shorter, err := s.shorterLists(ctx, keys)
	if err != nil {
		return nil, err
	}
	walks := make([]walk, len(keys))
	for i, key := range keys {
		walks[i] = walk{kind: key.Kind, backward: key.Page.Backward, list: shorter[i]}
	}
	return walks, nil
}

// readGroup reads the pages of the keys with these indexes, which share a walk, and files them.
func (s *Store) readGroup(ctx context.Context, w walk, keys []model.ConnectionKey, group []int, pages [][]model.Edge) error {
	chosen := make([]model.ConnectionKey, len(group))
	for i, index := range group {
		chosen[i] = keys[index]
	}
	sql, args := w.statement(chosen)
	rows, err := s.pool.Query(ctx, sql, args...)
	if err != nil {
		return classify(err)
	}
	found, err := w.edges(rows, chosen)
	if err != nil {
		return classify(err)
	}
	for i, index := range group {
		pages[index] = found[i]
	}
	return nil
}
