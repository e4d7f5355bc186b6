package social

import (
	"context"

	"followgraph/internal/model"
	"followgraph/internal/page"
)

// Connections answers the pages of all keys together: the statements of Store.Pages, then, if any key selects
// users, one for the users of all pages with their counts.
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
	if err := s.attachUsers(ctx, keys, connections); err != nil {
		return nil, err
	}
	return connections, nil
}

// attachUsers fills the nodes of the connections whose key selects users. An account on many pages is looked up
// once, with its counts if one of the pages wants them.
func (s *Service) attachUsers(ctx context.Context, keys []model.ConnectionKey, connections []*model.Connection) error {
	index := map[string]int{}
	var wanted []model.UserKey
	for i, key := range keys {
		if !key.Select.Users {
			continue
		}
		for _, edge := range connections[i].Edges {
			at, known := index[edge.UserID]
			if !known {
				at = len(wanted)
				index[edge.UserID] = at
				wanted = append(wanted, model.UserKey{CognitoID: edge.UserID})
			}
			wanted[at].Counts = wanted[at].Counts || key.Select.Counts
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	users, err := s.store.Users(ctx, wanted)
	if err != nil {
		return err
	}
	for i, key := range keys {
		if !key.Select.Users {
			continue
		}
		edges := connections[i].Edges
		for j := range edges {
			edges[j].Node = users[index[edges[j].UserID]]
		}
	}
	return nil
}
