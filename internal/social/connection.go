package social

import (
	"context"

	"followgraph/internal/model"
	"followgraph/internal/page"
)

// Connections answers the pages of all keys together, with the statements of Store.Pages.
func (s *Service) Connections(ctx context.Context, keys []model.ConnectionKey) ([]*model.Connection, error) {
	rows, err := s.store.Pages(ctx, keys)
	if err != nil {
		return nil, err
	}
	return connections(keys, rows), nil
}

// UsersAndConnections is Users and Connections in one round trip. A fault of the connections alone is no error, they are
// nil then.
func (s *Service) UsersAndConnections(
	ctx context.Context, users []model.UserKey, pages []model.ConnectionKey,
) ([]*model.User, []*model.Connection, error) {
	found, rows, err := s.store.UsersAndPages(ctx, users, pages)
	if err != nil || rows == nil {
		return found, nil, err
	}
	return found, connections(pages, rows), nil
}

// connections cuts the rows that were read for each key to its page.
func connections(keys []model.ConnectionKey, rows [][]model.Edge) []*model.Connection {
	cut := make([]*model.Connection, len(keys))
	for i, key := range keys {
		edges, info := page.Trim(key.Page, rows[i])
		cut[i] = model.NewConnection(edges, info)
	}
	return cut
}
