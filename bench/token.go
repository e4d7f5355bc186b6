package main

import (
	"path/filepath"
	"time"

	"followgraph/internal/auth"
)

// signer signs tokens for the users of the graph with the key of the measured Followgraph.
type signer struct {
	path   string // of the key
	tokens *auth.Tokens
	signed map[string]string // by Cognito id
}

// tokenLifetime is longer than any run of this program.
const tokenLifetime = 30 * 24 * time.Hour

// newSigner creates a key in a directory.
func newSigner(dir string) (*signer, error) {
	path := filepath.Join(dir, "token-key.pem")
	if err := auth.CreateKey(path); err != nil {
		return nil, err
	}
	keys, err := auth.LoadKeys(path, nil)
	if err != nil {
		return nil, err
	}
	return &signer{path: path, tokens: auth.NewTokens(keys, tokenLifetime, time.Now), signed: make(map[string]string)}, nil
}

// token returns a token for the user with a Cognito id. Imported accounts have token version 0.
func (s *signer) token(cognitoID string) (string, error) {
	if token, ok := s.signed[cognitoID]; ok {
		return token, nil
	}
	token, _, err := s.tokens.Issue(cognitoID, 0)
	s.signed[cognitoID] = token
	return token, err
}
