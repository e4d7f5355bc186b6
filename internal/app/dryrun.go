package app

import (
	"context"
	"iter"

	"followgraph/internal/config"
	"followgraph/internal/localpg"
	"followgraph/internal/model"
	"followgraph/internal/store"
)

// lacksDatabase reports whether there is no private PostgreSQL yet. A dry run does not create one.
func lacksDatabase(c config.Database) bool {
	return c.URL == "" && !localpg.Exists(c.DataDir)
}

// emptyStore stands in for a database that does not exist yet. It counts every row of an import as new.
type emptyStore struct{}

func (*emptyStore) ImportFollows(
	_ context.Context, rows iter.Seq2[model.FollowRecord, error], opts store.ImportOptions,
) (store.ImportResult, error) {
	var result store.ImportResult
	follows, ids := make(map[[2]string]struct{}), make(map[string]struct{})
	for row, err := range rows {
		if err != nil {
			return store.ImportResult{}, err
		}
		result.Rows++
		follows[[2]string{row.FollowerID, row.FollowingID}] = struct{}{}
		if opts.CreateUsers {
			ids[row.FollowerID], ids[row.FollowingID] = struct{}{}, struct{}{}
		}
	}
	result.Added, result.UsersCreated = int64(len(follows)), int64(len(ids))
	result.Unchanged = result.Rows - result.Added
	return result, nil
}

func (*emptyStore) ImportUsers(
	_ context.Context, rows iter.Seq2[model.UserRecord, error], opts store.UserImportOptions,
) (store.ImportResult, error) {
	var result store.ImportResult
	ids := make(map[string]struct{})
	for row, err := range rows {
		if err != nil {
			return store.ImportResult{}, err
		}
		result.Rows++
		ids[row.CognitoID] = struct{}{}
	}
	result.Added = int64(len(ids))
	result.Unchanged = result.Rows - result.Added
	if opts.Approve != nil {
		return result, opts.Approve()
	}
	return result, nil
}
