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
	// MaxToken limits a token, in bytes, before it is parsed. Cognito's tokens have about 1,000 bytes. A token of a
	// user in 100 groups, the maximum, has 20 KiB if each group has an IAM role.
	MaxToken = 32 << 10
	// maxVerified is how many tokens are cached, by last use. Each takes about 400 bytes.
	maxVerified = 10_000
)

// Verifier accepts local tokens and those of a Cognito user pool. It caches verified tokens, because verifying a
// signature costs about as much as a simple read. It is safe for concurrent use.
type Verifier struct {
	tokens  *Tokens
	cognito *Cognito
	now     func() time.Time
	// cache holds verified tokens by their SHA-256. It does not retain the tokens, which are secret and may be long.
	cache *lru.Cache[[sha256.Size]byte, verifiedToken]
}

// verifiedToken is the result of verifying a token.
type verifiedToken struct {
	identity Identity
	until    time.Time   // when it has to be rejected; for a token of Cognito, expiry plus leeway
	holds    func() bool // whether the key that signed it is still accepted
}

// NewVerifier returns a Verifier. If tokens or cognito is nil, tokens of that kind are rejected.
func NewVerifier(tokens *Tokens, cognito *Cognito, now func() time.Time) *Verifier {
	cache, _ := lru.New[[sha256.Size]byte, verifiedToken](maxVerified) // fails only for a size below 1
	return &Verifier{tokens: tokens, cognito: cognito, now: now, cache: cache}
}

// Verify returns the identity that a token was issued to. The error is UNAUTHENTICATED if the token is not valid for
// any reason or has expired; BAD_REQUEST if it has more than MaxToken bytes; UNAVAILABLE if Cognito's keys cannot be
// fetched; and ctx's error if ctx ends while Verify waits for the keys.
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
	parsed, err := parse(token)
	if err != nil {
		return verifiedToken{}, err
	}
	// The unverified algorithm, and the unverified issuer of a pool's token, select the verifier, which then verifies both.
	if parsed.Headers[0].Algorithm == string(jose.EdDSA) {
		if v.tokens == nil {
			return verifiedToken{}, errUnknownIssuer()
		}
		return v.tokens.verify(parsed)
	}
	var claims struct {
		Issuer string `json:"iss"`
	}
	if err := parsed.UnsafeClaimsWithoutVerification(&claims); err != nil {
		return verifiedToken{}, errInvalidToken("its claims are not JSON")
	}
	if v.cognito == nil || claims.Issuer != v.cognito.issuer {
		return verifiedToken{}, errUnknownIssuer()
	}
	return v.cognito.verify(ctx, parsed)
}

func errUnknownIssuer() error { return errInvalidToken("its issuer is unknown") }

// parse parses a JWT that claims to be signed with the algorithm of local tokens or that of Cognito. It does not return
// errors of the library, because they quote the token.
func parse(token string) (*jwt.JSONWebToken, error) {
	if strings.ContainsAny(token, "\r\n") { // which base64 decoders ignore
		return nil, errInvalidToken("it is not a JWT")
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.EdDSA, jose.RS256})
	if err != nil {
		return nil, errInvalidToken("it is not a JWT signed with EdDSA or RS256")
	}
	return parsed, nil
}
