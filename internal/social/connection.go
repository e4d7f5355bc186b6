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
	return connections(keys, rows), nil
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
	return users, connections(pageKeys, rows), nil
}

// withBehind appends a key for each key that needs to know whether there are elements on the other side of its cursor.
func withBehind(keys []model.ConnectionKey) []model.ConnectionKey {
	all := keys[:len(keys):len(keys)]
	for i := range keys {
		if keys[i].ProbeOtherSide {
			key := keys[i]
			key.Page, key.ProbeOtherSide, key.Projection = key.Page.OtherSide(), false, model.Projection{}
			all = append(all, key)
		}
	}
	return all
}

// connections cuts the rows of each key to its page. After the rows of all keys come the rows of the keys that
// withBehind appended.
func connections(keys []model.ConnectionKey, rows [][]model.Edge) []*model.Connection {
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
