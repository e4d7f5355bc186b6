package store

import (
	"context"
	"path"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
	"followgraph/internal/observe"
	"followgraph/internal/testdb"
)

// recordingObserver is an observer that records its calls.
type recordingObserver struct {
	observe.Nothing
	mu         sync.Mutex
	statements []observe.Statement
	groups     []observe.Group
}

func (o *recordingObserver) Statement(_ context.Context, s observe.Statement) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.statements = append(o.statements, s)
}

func (o *recordingObserver) GroupEnds(_ context.Context, g observe.Group, _ error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.groups = append(o.groups, g)
}

// names removes and returns the names of the statements so far, with the code of their failure.
func (o *recordingObserver) names() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var names []string
	for _, s := range o.statements {
		names = append(names, strings.TrimSpace(s.Name+" "+s.Failed))
	}
	o.statements = nil
	return names
}

// TestStatementsAreObserved runs statements of every origin: named files alone and in one round trip, ent's, and
// others.
func TestStatementsAreObserved(t *testing.T) {
	t.Parallel()
	observer := &recordingObserver{}
	s, err := Open(t.Context(), testdb.New(t), Options{Observer: observer})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	observer.names() // statements of opening the store

	_, err = s.Users(t.Context(), []model.UserKey{{CognitoID: "ada"}})
	require.NoError(t, err)
	require.Equal(t, []string{"users"}, observer.names())

	_, err = s.Users(t.Context(), []model.UserKey{{CognitoID: "ada"}, {Username: "ada"}})
	require.NoError(t, err)
	require.Equal(t, []string{"users", "users_by_username"}, observer.names(), "in one round trip")

	_, err = s.Account(t.Context(), "ada")
	require.NoError(t, err)
	require.Equal(t, []string{"ent"}, observer.names())

	account := model.NewAccount{
		CognitoID: "ada", Profile: model.Profile{Username: "ada", PhoneNumber: "+41446681800"}, Role: model.UserRoleEndUser, Password: "!",
	}
	_, err = s.CreateAccount(t.Context(), account)
	require.NoError(t, err)
	require.Subset(t, []string{"ent", "names_lock", "names_taken", "other"}, observer.names(), "a transaction: BEGIN and COMMIT are others")

	_, err = s.Follow(t.Context(), model.FollowKey{FollowerID: "ada", FollowingID: "bob"})
	require.Error(t, err, "there is no bob")
	require.Equal(t, []string{"follow"}, observer.names())
	require.Len(t, observer.groups, 1)
	require.Equal(t, "follow", observer.groups[0].Name)
	require.Equal(t, 1, observer.groups[0].Keys)

	_, err = s.pool.Exec(t.Context(), "SELECT 1/0")
	require.Error(t, err)
	require.Equal(t, []string{"other 22012"}, observer.names())
	canceled, cancel := context.WithCancel(t.Context())
	conn, err := s.pool.Acquire(t.Context())
	require.NoError(t, err)
	cancel()
	_, err = conn.Exec(canceled, "SELECT 1")
	require.Error(t, err)
	conn.Release()
	require.Equal(t, []string{"other canceled"}, observer.names())
}

// TestStatementNames checks that every file has a unique name.
func TestStatementNames(t *testing.T) {
	t.Parallel()
	files, err := sqlFiles.ReadDir("sql")
	require.NoError(t, err)
	named := map[string]bool{}
	for text, name := range statementNames {
		named[name] = true
		require.Equal(t, name, statementName(text))
	}
	for _, file := range files {
		name := strings.TrimSuffix(file.Name(), path.Ext(file.Name()))
		if fragments[name] {
			continue
		}
		require.True(t, named[name], "%s is never rendered", file.Name())
	}
	require.Equal(t, "other", statementName("VACUUM"))
}

// fragments lists the files that others include, and those that are rendered at run time.
var fragments = map[string]bool{
	"account": true, "letter_case": true, "own": true, "raise_counts": true, "search_key": true, "search_parts": true,
	"link_accounts": true, "link_ids": true, "link_match": true,
}

func TestPool(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), testdb.New(t), Options{MaxConns: 2})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	conn, err := s.pool.Acquire(t.Context())
	require.NoError(t, err)
	during := s.Pool()
	conn.Release()
	after := s.Pool()
	require.Equal(t, 2, during.Max)
	require.Equal(t, 1, during.Acquired)
	require.Equal(t, 0, after.Acquired)
	require.Positive(t, after.Idle)
	require.Equal(t, during.Acquires, after.Acquires)
}
