package auth

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const (
	// localIssuer is the `iss` of local tokens. They are for this program only, so they have no `aud`.
	localIssuer = "followgraph"
	// localType is the `typ` of local tokens, which tells them from anything else that the keys might sign one day
	// (RFC 8725, 3.11).
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

// NewTokens makes a Tokens whose tokens last for a lifetime of at least a second, and that tells the time with now.
func NewTokens(keys *Keys, lifetime time.Duration, now func() time.Time) *Tokens {
	return &Tokens{keys: keys, lifetime: lifetime, now: now}
}

// Issue signs a token for the user with a Cognito id whose row has this token_version. Times in a token are whole
// seconds, so it expires up to one second before its lifetime has passed.
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

// Verify tells whom a token of this program was issued to, by any of the keys. Its errors are UNAUTHENTICATED. Whether
// the token has been withdrawn, by a new token_version, is for the caller to find out.
func (t *Tokens) Verify(token string) (Identity, error) {
	result, err := t.verify(token)
	return result.identity, err
}

func (t *Tokens) verify(token string) (verifiedToken, error) {
	parsed, err := parse(token, jose.EdDSA)
	if err != nil {
		return verifiedToken{}, err
	}
	if typ, _ := parsed.Headers[0].ExtraHeaders[jose.HeaderType].(string); typ != localType {
		return verifiedToken{}, errInvalidToken("it is not of the type of local tokens")
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
	// Expiry is exact: all instances that issue tokens are one's own.
	if err := checkTimes(claims.Claims, now, 0); err != nil {
		return verifiedToken{}, err
	}
	expires := claims.Expiry.Time()
	return verifiedToken{
		identity: Identity{Subject: claims.Subject, Local: true, Version: *claims.Version, Expires: expires},
		until:    expires,
		holds:    func() bool { return true }, // the keys stay what they are
	}, nil
}

// parse takes a JWT apart that claims to be signed with an algorithm. Errors of the library are not passed on: they
// quote the token.
func parse(token string, algorithm jose.SignatureAlgorithm) (*jwt.JSONWebToken, error) {
	if len(token) > MaxToken {
		return nil, errTokenTooLong(token)
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{algorithm})
	if err != nil {
		return nil, errInvalidToken("it is not a JWT signed with " + string(algorithm))
	}
	return parsed, nil
}

// checkSignature verifies with key and no other: keys that a token brings along (jwk, jku, x5c, x5u) are not looked at.
func checkSignature(parsed *jwt.JSONWebToken, key any, claims any) error {
	err := parsed.Claims(key, claims)
	switch {
	case errors.Is(err, jose.ErrCryptoFailure):
		return errInvalidToken("its signature is wrong")
	case err != nil:
		return errInvalidToken("its claims are not of the types that they must have")
	}
	return nil
}

// checkTimes requires exp and iat (RFC 7519, 4.1), and takes no part in a token's being withdrawn.
func checkTimes(claims jwt.Claims, now time.Time, afterExpiry time.Duration) error {
	switch {
	case claims.Expiry == nil || claims.IssuedAt == nil:
		return errInvalidToken("it does not tell when it was issued and expires")
	case claims.NotBefore != nil && now.Add(leeway).Before(claims.NotBefore.Time()):
		return errInvalidToken("it is not valid yet")
	case now.Add(leeway).Before(claims.IssuedAt.Time()):
		return errInvalidToken("it was issued in the future")
	case !now.Before(claims.Expiry.Time().Add(afterExpiry)):
		return errExpired()
	}
	return nil
}
