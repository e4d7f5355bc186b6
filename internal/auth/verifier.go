package auth

import (
	"context"
	"crypto/sha256"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	lru "github.com/hashicorp/golang-lru/v2"
)

const (
	// MaxToken bounds a token, in bytes, before anything is read of it. Cognito's have about 1,000 bytes; that of a user in 100
	// groups, which is as many as a user may be in, has 20 KiB when each group has an IAM role.
	MaxToken = 32 << 10
	// maxVerified tokens are remembered, those used last. One takes about 400 bytes.
	maxVerified = 10_000
)

// Verifier accepts local tokens and those of a Cognito user pool side by side. It remembers tokens that it has verified,
// because a signature costs about as much as a simple read. It is safe for concurrent use.
type Verifier struct {
	tokens  *Tokens
	cognito *Cognito
	now     func() time.Time
	// seen holds verified tokens under their SHA-256: neither the memory of a long token nor the token itself is kept.
	cache *lru.Cache[[sha256.Size]byte, verifiedToken]
}

// verified is what makes a token good.
type verifiedToken struct {
	identity Identity
	until    time.Time   // when it has to be refused; for Cognito's, expiry and leeway
	holds    func() bool // whether the key that signed it is still accepted
}

// NewVerifier makes a Verifier. Either kind of token is refused where tokens or cognito is nil.
func NewVerifier(tokens *Tokens, cognito *Cognito, now func() time.Time) *Verifier {
	cache, _ := lru.New[[sha256.Size]byte, verifiedToken](maxVerified) // fails for a size below 1
	return &Verifier{tokens: tokens, cognito: cognito, now: now, cache: cache}
}

// Verify tells whom a token was issued to. The error is UNAUTHENTICATED for a token that is not valid or has expired,
// whatever is wrong with it; BAD_REQUEST for one of more than MaxToken bytes; UNAVAILABLE where Cognito's keys are not to be had; ctx's where ctx ends while waiting for
// them.
func (v *Verifier) Verify(ctx context.Context, token string) (Identity, error) {
	if len(token) > MaxToken {
		return Identity{}, errTokenTooLong(token)
	}
	sum := sha256.Sum256([]byte(token))
	if entry, ok := v.cache.Get(sum); ok {
		if v.now().Before(entry.until) && entry.holds() {
			return entry.identity, nil
		}
		v.cache.Remove(sum)
	}
	entry, err := v.verify(ctx, token)
	if err != nil {
		return Identity{}, err
	}
	v.cache.Add(sum, entry)
	return entry.identity, nil
}

func (v *Verifier) verify(ctx context.Context, token string) (verifiedToken, error) {
	if strings.ContainsAny(token, "\r\n") { // which base64 decoders pass over
		return verifiedToken{}, errInvalidToken("it is not a JWT")
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.EdDSA, jose.RS256})
	if err != nil {
		return verifiedToken{}, errInvalidToken("it is not a JWT signed with EdDSA or RS256")
	}
	// What it says of its issuer picks who verifies it, that included.
	var claims struct {
		Issuer string `json:"iss"`
	}
	if err := parsed.UnsafeClaimsWithoutVerification(&claims); err != nil {
		return verifiedToken{}, errInvalidToken("its claims are not JSON")
	}
	switch {
	case v.tokens != nil && claims.Issuer == localIssuer:
		return v.tokens.verify(token)
	case v.cognito != nil && claims.Issuer == v.cognito.issuer:
		return v.cognito.verify(ctx, token)
	default:
		return verifiedToken{}, errInvalidToken("its issuer is not known here")
	}
}
