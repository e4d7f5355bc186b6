package auth

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const (
	// localIssuer is the `iss` of local tokens. They are for this program only, so they have no `aud`.
	localIssuer = "followgraph"
	// localType is the `typ` of local tokens. It distinguishes them from other data that the keys may sign in the
	// future (RFC 8725, 3.11).
	localType = "followgraph+jwt"
)

// Tokens issues and verifies the tokens of local sign-in: JWTs (RFC 7519) signed with Ed25519. It is safe for
// concurrent use.
type Tokens struct {
	keys     *Keys
	lifetime time.Duration
	now      func() time.Time
}

type localClaims struct {
	jwt.Claims
	Version *int64 `json:"token_version"`
}

// NewTokens returns a Tokens whose tokens are valid for lifetime, which is at least one second. now is the clock.
func NewTokens(keys *Keys, lifetime time.Duration, now func() time.Time) *Tokens {
	return &Tokens{keys: keys, lifetime: lifetime, now: now}
}

// Secret returns 32 bytes for another purpose than tokens. All instances with the same signing key have the same.
func (t *Tokens) Secret(purpose string) ([]byte, error) {
	private, ok := t.keys.signing.Key.(ed25519.PrivateKey)
	if !ok {
		return nil, errors.New("the signing key is not an Ed25519 key")
	}
	return hkdf.Key(sha256.New, private.Seed(), nil, "followgraph "+purpose, sha256.Size)
}

// Issue signs a token for the user with a Cognito id and a token_version. Times in a token are whole seconds, so it
// expires up to one second before its lifetime has passed.
func (t *Tokens) Issue(subject string, version int64) (token string, expires time.Time, err error) {
	if !validSubject(subject) {
		return "", time.Time{}, fmt.Errorf("issuing a token: a subject is 1 to %d bytes of UTF-8 without NUL", MaxSubject)
	}
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.EdDSA, Key: t.keys.signing},
		(&jose.SignerOptions{}).WithType(localType),
	)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("issuing a token: %w", err)
	}
	now := t.now()
	expires = now.Add(t.lifetime).Truncate(time.Second)
	token, err = jwt.Signed(signer).Claims(localClaims{
		Claims: jwt.Claims{
			Issuer:   localIssuer,
			Subject:  subject,
			IssuedAt: jwt.NewNumericDate(now),
			Expiry:   jwt.NewNumericDate(expires),
		},
		Version: &version,
	}).Serialize()
	if err != nil {
		return "", time.Time{}, fmt.Errorf("issuing a token: %w", err)
	}
	return token, expires, nil
}

// verify verifies a token of this program. Any of the keys may have signed it. Its errors are UNAUTHENTICATED. It does
// not check the token_version, so it also accepts a revoked token.
func (t *Tokens) verify(parsed *jwt.JSONWebToken) (verifiedToken, error) {
	if typ, _ := parsed.Headers[0].ExtraHeaders[jose.HeaderType].(string); typ != localType {
		return verifiedToken{}, errInvalidToken("its typ is not that of local tokens")
	}
	key, ok := t.keys.public[parsed.Headers[0].KeyID]
	if !ok {
		return verifiedToken{}, errInvalidToken("its key is not known")
	}
	var claims localClaims
	if err := checkSignature(parsed, key, &claims); err != nil {
		return verifiedToken{}, err
	}
	now := t.now()
	switch {
	case claims.Issuer != localIssuer:
		return verifiedToken{}, errInvalidToken("it has another issuer")
	case !validSubject(claims.Subject):
		return verifiedToken{}, errInvalidToken("it has no valid subject")
	case claims.Version == nil:
		return verifiedToken{}, errInvalidToken("it has no token_version")
	}
	// Expiry has no leeway: one operator runs all instances that issue tokens.
	if err := checkTimes(claims.Claims, now, 0); err != nil {
		return verifiedToken{}, err
	}
	expires := claims.Expiry.Time()
	return verifiedToken{
		identity: Identity{Subject: claims.Subject, Local: true, Version: *claims.Version, Expires: expires},
		until:    expires,
		holds:    func() bool { return true }, // the keys do not change
	}, nil
}

// checkSignature verifies the signature with key only: it ignores keys in the token (jwk, jku, x5c, x5u).
func checkSignature(parsed *jwt.JSONWebToken, key any, claims any) error {
	err := parsed.Claims(key, claims)
	switch {
	case errors.Is(err, jose.ErrCryptoFailure):
		return errInvalidToken("its signature is wrong")
	case err != nil:
		return errInvalidToken("its claims have the wrong types")
	}
	return nil
}

// checkTimes requires exp and iat (RFC 7519, 4.1). It does not check whether the token was revoked.
func checkTimes(claims jwt.Claims, now time.Time, afterExpiry time.Duration) error {
	switch {
	case claims.Expiry == nil || claims.IssuedAt == nil:
		return errInvalidToken("it lacks iat or exp")
	case claims.NotBefore != nil && now.Add(leeway).Before(claims.NotBefore.Time()):
		return errInvalidToken("it is not valid yet")
	case now.Add(leeway).Before(claims.IssuedAt.Time()):
		return errInvalidToken("it was issued in the future")
	case !now.Before(claims.Expiry.Time().Add(afterExpiry)):
		return errExpired()
	}
	return nil
}
