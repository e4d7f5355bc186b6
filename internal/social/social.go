// Package social holds the rules of the follow graph: what may be asked for, who sees what, and what is one transaction.
package social

import (
	"context"

	"followgraph/internal/model"
)

// Store is what the rules need of the database.
type Store interface {
	// Pages reads a page and one row more for each key, away from the cursor, with the accounts that it selects.
	Pages(ctx context.Context, keys []model.ConnectionKey) ([][]model.Edge, error)
	// Users looks accounts up, nil in the place of an unknown one.
	Users(ctx context.Context, keys []model.UserKey) ([]*model.User, error)
	// UsersAndPages is Users and Pages in one round trip. A fault of the pages alone is no error, they are nil then.
	UsersAndPages(ctx context.Context, users []model.UserKey, pages []model.ConnectionKey) ([]*model.User, [][]model.Edge, error)
}

// Service answers questions about the graph. It is safe for concurrent use.
type Service struct {
	store Store
}

// New makes a Service on a store.
func New(store Store) *Service { return &Service{store: store} }
