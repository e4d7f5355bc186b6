package social

import (
	"context"

	"followgraph/internal/model"
	"followgraph/internal/page"
)

// Connections returns the connections of all keys, with the statements of Reader.Pages.
func (s *Service) Connections(ctx context.Context, keys []model.ConnectionKey) ([]*model.Connection, error) {
	rows, err := s.graph.Pages(ctx, withBehind(keys))
	if err != nil {
		return nil, err
	}
	return s.connections(ctx, keys, rows)
}

// UsersAndConnections is Users and Connections in one round trip. If only the connections fail, they are nil and the
// error is nil.
func (s *Service) UsersAndConnections(
	ctx context.Context, userKeys []model.UserKey, pageKeys []model.ConnectionKey,
) ([]*model.User, []*model.Connection, error) {
	users, rows, err := s.graph.UsersAndPages(ctx, userKeys, withBehind(pageKeys))
	if err != nil || rows == nil {
		return users, nil, err
	}
	pages, err := s.connections(ctx, pageKeys, rows)
	if err != nil {
		return users, nil, nil
	}
	return users, pages, nil
}

// withBehind appends a key for each key that needs to know whether there are elements on the other side of its cursor.
func withBehind(keys []model.ConnectionKey) []model.ConnectionKey {
	all := keys[:len(keys):len(keys)]
	for i := range keys {
		if keys[i].ProbeOtherSide {
			key := keys[i]
			key.Page, key.ProbeOtherSide, key.Total, key.Projection = key.Page.OtherSide(), false, false, model.Projection{}
			all = append(all, key)
		}
	}
	return all
}

// connections returns the page of each key, with its total if the key asks for it.
func (s *Service) connections(ctx context.Context, keys []model.ConnectionKey, rows [][]model.Edge) ([]*model.Connection, error) {
	pages := trim(keys, rows)
	return pages, s.count(ctx, keys, rows, pages)
}

// count sets the totals of the pages whose keys ask for them. The rows of a whole connection are its total. The others
// are counted together.
func (s *Service) count(ctx context.Context, keys []model.ConnectionKey, rows [][]model.Edge, pages []*model.Connection) error {
	var uncounted []model.ConnectionKey
	var indexes []int // of the uncounted keys in pages
	for i := range keys {
		switch key := &keys[i]; {
		case !key.Total:
		case !key.Page.HasCursor && len(rows[i]) <= key.Page.Limit:
			pages[i].Total = new(len(rows[i]))
		default:
			uncounted, indexes = append(uncounted, *key), append(indexes, i)
		}
	}
	if len(uncounted) == 0 {
		return nil
	}
	totals, err := s.graph.Totals(ctx, uncounted)
	if err != nil {
		return err
	}
	for n, i := range indexes {
		pages[i].Total = totals[n]
	}
	return nil
}

// trim cuts the rows of each key to its page. After the rows of all keys come the rows of the keys that
// withBehind appended.
func trim(keys []model.ConnectionKey, rows [][]model.Edge) []*model.Connection {
	result, behindRows := make([]*model.Connection, len(keys)), rows[len(keys):]
	total := 0
	for _, edges := range rows[:len(keys)] {
		total += len(edges)
	}
	pages := model.NewConnections(len(keys), total)
	for i := range keys {
		key := &keys[i]
		behind := false
		if key.ProbeOtherSide {
			behind, behindRows = len(behindRows[0]) > 0, behindRows[1:]
		}
		edges, info := page.Trim(key.Page, rows[i], behind, func(edge model.Edge) page.Cursor { return edge.Position })
		result[i] = pages.Add(edges, info)
	}
	return result
}
