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
	connections := make([]*model.Connection, len(keys))
	for i, key := range keys {
		edges, info := page.Trim(key.Page, rows[i])
		connections[i] = &model.Connection{Edges: edges, Info: info}
	}
	return connections, nil
}
