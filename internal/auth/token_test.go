package auth

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func localHeader(keys *Keys, changed map[string]any) map[string]any {
	return change(map[string]any{"alg": "EdDSA", "typ": localType, "kid": keys.signing.KeyID}, changed)
}

func localClaimsOf(clock *clock, changed map[string]any) map[string]any {
	now := clock.Now()
	return change(map[string]any{
		"iss": localIssuer, "sub": "ada", "token_version": 7, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}, changed)
}

func TestTokens(t *testing.T) {
	t.Parallel()
	clock := newClock()
	clock.Advance(700 * time.Millisecond)
	tokens := NewTokens(newTestKeys(t).load(t), time.Hour, clock.Now)
	for _, subject := range []string{"ada", "x", strings.Repeat("x", 255), "ä あ \"\\", "e52f0d4e-1f4a-4bd1-9a4e-0a8c6ff0f2ce"} {
		for _, version := range []int64{0, 1, -1, math.MaxInt64, math.MinInt64} {
			token, expires, err := tokens.Issue(subject, version)
			require.NoError(t, err)
			require.Equal(t, clock.Now().Add(time.Hour).Truncate(time.Second), expires)
			identity, err := verifyLocal(tokens, token)
			require.NoError(t, err)
			require.True(t, identity.Expires.Equal(expires))
			identity.Expires = expires
			require.Equal(t, Identity{Subject: subject, Local: true, Version: version, Expires: expires}, identity)
		}
	}
	for _, subject := range []string{"", strings.Repeat("x", 256), "a\x00b", "\xff"} {
		_, _, err := tokens.Issue(subject, 1)
		require.ErrorContains(t, err, "a subject is 1 to 255 bytes")
	}
}

func TestTokenExpiry(t *testing.T) {
	t.Parallel()
	clock := newClock()
	tokens := NewTokens(newTestKeys(t).load(t), time.Minute, clock.Now)
	token, expires, err := tokens.Issue("ada", 1)
	require.NoError(t, err)
	clock.Advance(expires.Sub(clock.Now()) - 1)
	_, err = verifyLocal(tokens, token)
	require.NoError(t, err, "up to the moment")
	clock.Advance(1)
	_, err = verifyLocal(tokens, token)
	requireRefused(t, err, token, "at the moment")
	require.Equal(t, "the token has expired: sign in again", clientMessage(t, err))
	clock.Advance(-time.Minute - leeway)
	_, err = verifyLocal(tokens, token)
	require.NoError(t, err, "an instance whose clock is behind")
	clock.Advance(-time.Second)
	_, err = verifyLocal(tokens, token)
	requireRefused(t, err, token, "from the future")
}

func TestTokenRejects(t *testing.T) {
	t.Parallel()
	clock := newClock()
	own, other := newTestKeys(t), newTestKeys(t)
	keys := own.load(t)
	private, attacker := own.private(), other.private()
	tokens := NewTokens(keys, time.Hour, clock.Now)
	with := func(changed map[string]any) string {
		return sign(localHeader(keys, nil), localClaimsOf(clock, changed), private)
	}
	header := func(changed map[string]any) string {
		return sign(localHeader(keys, changed), localClaimsOf(clock, nil), private)
	}
	good := with(nil)
	_, err := verifyLocal(tokens, good)
	require.NoError(t, err)
	parts := strings.Split(good, ".")
	both := NewVerifier(tokens, nil, clock.Now)
	for name, token := range map[string]string{
		"empty":               "",
		"tampered claims":     parts[0] + "." + strings.Split(with(map[string]any{"sub": "eve"}), ".")[1] + "." + parts[2],
		"tampered signature":  parts[0] + "." + parts[1] + "." + flip(parts[2]),
		"no signature":        parts[0] + "." + parts[1] + ".",
		"another key":         sign(localHeader(keys, nil), localClaimsOf(clock, nil), attacker),
		"unknown key":         sign(localHeader(other.load(t), nil), localClaimsOf(clock, nil), attacker),
		"no key id":           header(map[string]any{"kid": nil}),
		"alg none":            assemble(localHeader(keys, map[string]any{"alg": "none"}), localClaimsOf(clock, nil), func([]byte) []byte { return nil }),
		"RS256":               sign(localHeader(keys, map[string]any{"alg": "RS256"}), localClaimsOf(clock, nil), rsaKeys()[0]),
		"EdDSA in lower case": header(map[string]any{"alg": "eddsa"}),
		"jwk of the attacker": sign(localHeader(keys, map[string]any{"jwk": map[string]any{
			"kty": "OKP", "crv": "Ed25519", "x": encode(attacker[32:]),
		}}), localClaimsOf(clock, nil), attacker),
		"crit":              header(map[string]any{"crit": []string{"x"}, "x": 1}),
		"another type":      header(map[string]any{"typ": "JWT"}),
		"no type":           header(map[string]any{"typ": nil}),
		"another issuer":    with(map[string]any{"iss": "followgraph2"}),
		"no issuer":         with(map[string]any{"iss": nil}),
		"no subject":        with(map[string]any{"sub": nil}),
		"subject with NUL":  with(map[string]any{"sub": "a\x00b"}),
		"no version":        with(map[string]any{"token_version": nil}),
		"version a text":    with(map[string]any{"token_version": "7"}),
		"version 7.5":       with(map[string]any{"token_version": 7.5}),
		"version too large": with(map[string]any{"token_version": 1e30}),
		"no exp":            with(map[string]any{"exp": nil}),
		"no iat":            with(map[string]any{"iat": nil}),
		"not yet":           with(map[string]any{"nbf": clock.Now().Add(time.Minute).Unix()}),
		"long":              with(map[string]any{"padding": strings.Repeat("x", 16<<10), "iss": nil}),
		"dots":              strings.Repeat(".", MaxToken),
		"line break":        parts[0] + "." + parts[1] + "." + parts[2] + "\n",
	} {
		if name != "line break" { // only Verifier checks this
			_, err := verifyLocal(tokens, token)
			requireRefused(t, err, token, name)
		}
		_, err := both.Verify(t.Context(), token)
		requireRefused(t, err, token, name)
		require.Equal(t, "the token is not valid: sign in again", clientMessage(t, err), name)
		require.Less(t, len(err.Error()), 200, name)
	}
}

func flip(signature string) string {
	if signature[0] == 'A' {
		return "B" + signature[1:]
	}
	return "A" + signature[1:]
}

func TestTokenKeyRotation(t *testing.T) {
	t.Parallel()
	clock := newClock()
	last, next := newTestKeys(t), newTestKeys(t)
	public := filepath.Join(t.TempDir(), "last.pem")
	require.NoError(t, os.WriteFile(public, last.public(t), 0o600))

	before := NewTokens(last.load(t), time.Hour, clock.Now)
	old, _, err := before.Issue("ada", 1)
	require.NoError(t, err)

	during := NewTokens(next.load(t, public), time.Hour, clock.Now)
	identity, err := verifyLocal(during, old)
	require.NoError(t, err)
	require.Equal(t, "ada", identity.Subject)
	token, _, err := during.Issue("ada", 1)
	require.NoError(t, err)

	after := NewTokens(next.load(t), time.Hour, clock.Now)
	_, err = verifyLocal(after, old)
	requireRefused(t, err, old, "the key was removed")
	_, err = verifyLocal(after, token)
	require.NoError(t, err)
	_, err = verifyLocal(before, token)
	requireRefused(t, err, token, "the key is not known yet")
}

// verifyLocal verifies a token as a new Verifier for local tokens alone does.
func verifyLocal(tokens *Tokens, token string) (Identity, error) {
	return NewVerifier(tokens, nil, tokens.now).Verify(context.Background(), token)
}
