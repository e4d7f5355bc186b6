package mirror

import (
	"context"

	"followgraph/internal/model"
	"followgraph/internal/resident"
	"followgraph/internal/store"
)

// Store is the store that the rules use. Reads of the graph come from the source that the operation has chosen. All
// else is SQL; after a write, the operation's reads see it.
type Store struct {
	*store.Store
	mirror *Mirror
}

// Store returns the store on a Mirror.
func (m *Mirror) Store() *Store { return &Store{m.opts.Store, m} }

// Users implements social.Reader.
func (s *Store) Users(ctx context.Context, keys []model.UserKey) ([]*model.User, error) {
	source, ctx, result := s.mirror.reader(ctx)
	users, err := source.Users(ctx, keys)
	return users, result(err)
}

// Pages implements social.Reader.
func (s *Store) Pages(ctx context.Context, keys []model.ConnectionKey) ([][]model.Edge, error) {
	source, ctx, result := s.mirror.reader(ctx)
	pages, err := source.Pages(ctx, keys)
	return pages, result(err)
}

// UsersAndPages implements social.Reader.
func (s *Store) UsersAndPages(
	ctx context.Context, users []model.UserKey, pages []model.ConnectionKey,
) ([]*model.User, [][]model.Edge, error) {
	source, ctx, result := s.mirror.reader(ctx)
	foundUsers, foundPages, err := source.UsersAndPages(ctx, users, pages)
	return foundUsers, foundPages, result(err)
}

// Totals implements social.Reader.
func (s *Store) Totals(ctx context.Context, keys []model.ConnectionKey) ([]*int, error) {
	source, ctx, result := s.mirror.reader(ctx)
	totals, err := source.Totals(ctx, keys)
	return totals, result(err)
}

// Relations implements social.Reader.
func (s *Store) Relations(ctx context.Context, viewer string, cognitoIDs []string) ([]model.Relation, error) {
	source, ctx, result := s.mirror.reader(ctx)
	relations, err := source.Relations(ctx, viewer, cognitoIDs)
	return relations, result(err)
}

// FollowsBetween implements social.Reader.
func (s *Store) FollowsBetween(ctx context.Context, keys []*model.BetweenKey) ([][]model.Follow, error) {
	source, ctx, result := s.mirror.reader(ctx)
	follows, err := source.FollowsBetween(ctx, keys)
	return follows, result(err)
}

// Adjacency implements social.Reader.
func (s *Store) Adjacency(ctx context.Context, key *model.AdjacencyKey) (*model.Adjacency, error) {
	source, ctx, result := s.mirror.reader(ctx)
	adjacency, err := source.Adjacency(ctx, key)
	return adjacency, result(err)
}

// ShortestPath implements social.Reader.
func (s *Store) ShortestPath(ctx context.Context, from, to string) (model.Path, error) {
	source, ctx, result := s.mirror.reader(ctx)
	path, err := source.ShortestPath(ctx, from, to)
	return path, result(err)
}

// Distances implements social.Reader.
func (s *Store) Distances(ctx context.Context, from string, to []string) ([]model.Distance, error) {
	source, ctx, result := s.mirror.reader(ctx)
	distances, err := source.Distances(ctx, from, to)
	return distances, result(err)
}

// Top implements social.Reader.
func (s *Store) Top(ctx context.Context, keys []model.TopKey) ([]model.TopIDs, error) {
	source, ctx, result := s.mirror.reader(ctx)
	lists, err := source.Top(ctx, keys)
	return lists, result(err)
}

// GraphTotals implements social.Reader. By SQL, counting reads whole tables, so a count serves several operations.
func (s *Store) GraphTotals(ctx context.Context) (model.GraphTotals, error) {
	source, ctx, result := s.mirror.reader(ctx)
	if memory, ok := source.(*resident.Version); ok {
		return memory.GraphTotals(ctx)
	}
	totals, err := s.mirror.totals.get(ctx, source.GraphTotals)
	return totals, result(err)
}

// Suggestions implements social.Reader.
func (s *Store) Suggestions(ctx context.Context, cognitoID string, limit int) ([]model.SuggestionRank, error) {
	source, ctx, result := s.mirror.reader(ctx)
	ranks, err := source.Suggestions(ctx, cognitoID, limit)
	return ranks, result(err)
}

// AccountByUsername implements social.AccountStore. An account that signs in may be newer than the graph: the next read
// of the operation has it.
func (s *Store) AccountByUsername(ctx context.Context, username string) (*model.Account, error) {
	account, err := s.Store.AccountByUsername(ctx, username)
	if account != nil {
		s.mirror.ReadSQL(ctx)
	}
	return account, err
}

// wrote returns the result of a write. The next read of the operation sees the write. After an error nothing was
// written, or it is unknown whether, and the caller gets no result to rely on.
func wrote[T any](ctx context.Context, s *Store, result T, err error) (T, error) {
	if err == nil {
		s.mirror.written(ctx, false)
	}
	return result, err
}

// wroteAccount is wrote for a write that may end the tokens of an account or change what they allow.
func wroteAccount[T any](ctx context.Context, s *Store, cognitoID string, result T, err error) (T, error) {
	if err == nil {
		s.mirror.written(ctx, true, cognitoID)
	}
	return result, err
}

// Follow implements social.FollowWriter.
func (s *Store) Follow(ctx context.Context, key model.FollowKey) (model.FollowChange, error) {
	change, err := s.Store.Follow(ctx, key)
	return wrote(ctx, s, change, err)
}

// FollowAll implements social.FollowWriter.
func (s *Store) FollowAll(ctx context.Context, keys []model.FollowKey) []model.FollowResult {
	results := s.Store.FollowAll(ctx, keys)
	for _, result := range results {
		if result.Err == nil {
			s.mirror.written(ctx, false)
			break
		}
	}
	return results
}

// Unfollow implements social.FollowWriter.
func (s *Store) Unfollow(ctx context.Context, key model.FollowKey) (model.FollowChange, error) {
	change, err := s.Store.Unfollow(ctx, key)
	return wrote(ctx, s, change, err)
}

// DeleteAccount implements social.FollowWriter.
func (s *Store) DeleteAccount(ctx context.Context, cognitoID string) (bool, error) {
	deleted, err := s.Store.DeleteAccount(ctx, cognitoID)
	return wroteAccount(ctx, s, cognitoID, deleted, err)
}

// CreateAccount implements social.AccountStore.
func (s *Store) CreateAccount(ctx context.Context, account model.NewAccount) (*model.Account, error) {
	created, err := s.Store.CreateAccount(ctx, account)
	if err == nil {
		s.mirror.written(ctx, false, created.CognitoID)
	}
	return created, err
}

// UpdateProfile implements social.AccountStore.
func (s *Store) UpdateProfile(ctx context.Context, cognitoID string, change model.ProfileChange) error {
	_, err := wrote(ctx, s, struct{}{}, s.Store.UpdateProfile(ctx, cognitoID, change))
	return err
}

// SetPassword implements social.AccountStore.
func (s *Store) SetPassword(ctx context.Context, cognitoID string, hash model.PasswordHash) (*model.Account, error) {
	account, err := s.Store.SetPassword(ctx, cognitoID, hash)
	return wroteAccount(ctx, s, cognitoID, account, err)
}

// MoveAccount implements social.AccountStore.
func (s *Store) MoveAccount(ctx context.Context, move model.AccountMove) (*model.Account, error) {
	account, err := s.Store.MoveAccount(ctx, move)
	if err == nil {
		s.mirror.written(ctx, true, move.From, account.CognitoID)
	}
	return account, err
}

// SetRole implements social.AccountStore.
func (s *Store) SetRole(ctx context.Context, cognitoID string, role model.UserRole) error {
	_, err := wroteAccount(ctx, s, cognitoID, struct{}{}, s.Store.SetRole(ctx, cognitoID, role))
	return err
}
