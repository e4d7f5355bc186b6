package ingest_test

import (
	"context"
	"iter"

	"followgraph/internal/model"
	"followgraph/internal/store"
)

// memory is a store in memory: it keeps all rows of an import, or none.
type memory struct {
	follows []model.FollowRecord
	users   []model.UserRecord
}

func (m *memory) ImportFollows(
	_ context.Context, rows iter.Seq2[model.FollowRecord, error], _ store.ImportOptions,
) (store.ImportResult, error) {
	follows, err := gather(rows)
	if err != nil {
		return store.ImportResult{}, err
	}
	m.follows = follows
	return store.ImportResult{Rows: int64(len(follows))}, nil
}

func (m *memory) ImportUsers(
	_ context.Context, rows iter.Seq2[model.UserRecord, error], _ store.UserImportOptions,
) (store.ImportResult, error) {
	users, err := gather(rows)
	if err != nil {
		return store.ImportResult{}, err
	}
	m.users = users
	return store.ImportResult{Rows: int64(len(users))}, nil
}

func gather[T any](rows iter.Seq2[T, error]) ([]T, error) {
	var all []T
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, nil
}

// discard is a store that discards all rows.
type discard struct{ memory }

func (*discard) ImportFollows(
	_ context.Context, rows iter.Seq2[model.FollowRecord, error], _ store.ImportOptions,
) (store.ImportResult, error) {
	for _, err := range rows {
		if err != nil {
			return store.ImportResult{}, err
		}
	}
	return store.ImportResult{}, nil
}
