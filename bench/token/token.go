// Package token signs tokens for the users of a generated graph.
package token

import (
	"path/filepath"
	"time"

	"followgraph/internal/auth"
)

// Signer signs tokens with a key that is passed to Followgraph. It is not safe for concurrent use.
type Signer struct {
	Path string // of the key

	tokens *auth.Tokens
	signed map[string]string // by Cognito id
}

// lifetime is longer than any run of this program.
const lifetime = 30 * 24 * time.Hour

// NewSigner creates a key in a directory.
func NewSigner(dir string) (*Signer, error) {
	path := filepath.Join(dir, "token-key.pem")
	if err := auth.CreateKey(path); err != nil {
		return nil, err
	}
	keys, err := auth.LoadKeys(path, nil)
	if err != nil {
		return nil, err
	}
	return &Signer{Path: path, tokens: auth.NewTokens(keys, lifetime, time.Now), signed: make(map[string]string)}, nil
}

// Token returns a token for the user with a Cognito id. Imported accounts have token version 0.
func (s *Signer) Token(cognitoID string) (string, error) {
	if token, ok := s.signed[cognitoID]; ok {
		return token, nil
	}
	token, _, err := s.tokens.Issue(cognitoID, 0)
	s.signed[cognitoID] = token
	return token, err
}
