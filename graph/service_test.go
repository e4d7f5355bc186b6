package graph_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/auth"
	"followgraph/internal/limit"
	"followgraph/internal/social"
)

// newService returns a service on a store, with the passwords and tokens of the server, but a low hashing cost.
func newService(t *testing.T, s social.Store, options social.Options) *social.Service {
	t.Helper()
	key := filepath.Join(t.TempDir(), "key.pem")
	require.NoError(t, auth.CreateKey(key))
	keys, err := auth.LoadKeys(key, nil)
	require.NoError(t, err)
	options.Passwords, err = auth.NewPasswords(auth.PasswordOptions{Cost: auth.MinCost, Queue: 1000})
	require.NoError(t, err)
	options.Tokens = auth.NewTokens(keys, time.Hour, time.Now)
	options.Attempts = limit.NewAttempts(limit.AttemptLimits{}, time.Now)
	return social.New(s, options)
}
