package auth

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
)

func TestVerifier(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	cognito := p.verifier(t)
	tokens := NewTokens(newTestKeys(t).load(t), 30*time.Minute, p.clock.Now)
	local, localExpires, err := tokens.Issue("ada", 3)
	require.NoError(t, err)
	theirs := p.token(map[string]any{"sub": "bob"})
	want := map[string]Identity{
		local:  {Subject: "ada", Local: true, Version: 3, Expires: localExpires},
		theirs: {Subject: "bob", Expires: p.clock.Now().Add(time.Hour)},
	}
	for name, test := range map[string]struct {
		verifier *Verifier
		accepts  []string
	}{
		"both":    {NewVerifier(tokens, cognito, p.clock.Now), []string{local, theirs}},
		"local":   {NewVerifier(tokens, nil, p.clock.Now), []string{local}},
		"cognito": {NewVerifier(nil, cognito, p.clock.Now), []string{theirs}},
		"neither": {NewVerifier(nil, nil, p.clock.Now), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 3 { // the second time from the cache
				accepted := 0
				for token, identity := range want {
					got, err := test.verifier.Verify(t.Context(), token)
					if err != nil {
						requireRefused(t, err, token, name)
						continue
					}
					accepted++
					require.Contains(t, test.accepts, token)
					got.Expires = got.Expires.UTC()
					require.Equal(t, identity, got)
				}
				require.Equal(t, len(test.accepts), accepted)
				require.Equal(t, len(test.accepts), test.verifier.cache.Len())
			}
		})
	}
}

// A token is cached as long as it is valid, and no longer.
func TestVerifierCacheExpires(t *testing.T) {
	t.Parallel()
	t.Run("local expiry", func(t *testing.T) {
		t.Parallel()
		clock := newClock()
		tokens := NewTokens(newTestKeys(t).load(t), time.Minute, clock.Now)
		v := NewVerifier(tokens, nil, clock.Now)
		token, _, err := tokens.Issue("ada", 1)
		require.NoError(t, err)
		_, err = v.Verify(t.Context(), token)
		require.NoError(t, err)
		clock.Advance(time.Minute - 1)
		_, err = v.Verify(t.Context(), token)
		require.NoError(t, err)
		clock.Advance(1)
		_, err = v.Verify(t.Context(), token)
		require.Equal(t, "the token has expired: sign in again", clientMessage(t, err))
		require.Zero(t, v.cache.Len())
	})
	t.Run("expiry and leeway", func(t *testing.T) {
		t.Parallel()
		p := newPool(t)
		v := NewVerifier(nil, p.verifier(t), p.clock.Now)
		token := p.token(nil)
		_, err := v.Verify(t.Context(), token)
		require.NoError(t, err)
		p.clock.Advance(time.Hour + leeway - 1)
		_, err = v.Verify(t.Context(), token)
		require.NoError(t, err)
		p.clock.Advance(1)
		_, err = v.Verify(t.Context(), token)
		require.Equal(t, "the token has expired: sign in again", clientMessage(t, err))
		require.Zero(t, v.cache.Len())
	})
	for name, serve := range map[string]func(*pool){
		"withdrawn key": func(p *pool) { p.serve(jwk("second", rsaKeys()[1])) },
		"replaced key":  func(p *pool) { p.serve(jwk("first", rsaKeys()[1])) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPool(t)
			v := NewVerifier(nil, p.verifier(t), p.clock.Now)
			token := p.token(nil)
			_, err := v.Verify(t.Context(), token)
			require.NoError(t, err)
			serve(p)
			// A cache hit is enough to start a fetch of the keys.
			p.clock.Advance(jwksRefresh)
			require.Eventually(t, func() bool {
				_, err := v.Verify(t.Context(), token)
				return err != nil && apperr.CodeOf(err) == apperr.Unauthenticated
			}, timeLimit, tick)
			require.Zero(t, v.cache.Len())
		})
	}
	t.Run("stale keys", func(t *testing.T) {
		t.Parallel()
		p := newPool(t)
		v := NewVerifier(nil, p.verifier(t), p.clock.Now)
		token := p.token(map[string]any{"exp": p.clock.Now().Add(48 * time.Hour).Unix()})
		_, err := v.Verify(t.Context(), token)
		require.NoError(t, err)
		p.fail()
		p.clock.Advance(jwksMaxAge)
		_, err = v.Verify(t.Context(), token)
		require.Equal(t, apperr.Unavailable, apperr.CodeOf(err))
	})
}

// Rejected tokens are not cached, and the cache is limited.
func TestVerifierCacheIsLimited(t *testing.T) {
	t.Parallel()
	clock := newClock()
	tokens := NewTokens(newTestKeys(t).load(t), time.Hour, clock.Now)
	v := NewVerifier(tokens, nil, clock.Now)
	for i := range 100 {
		_, err := v.Verify(t.Context(), fmt.Sprint("made up ", i))
		require.Error(t, err)
	}
	require.Zero(t, v.cache.Len())
	v.cache.Resize(3)
	for i := range 5 {
		token, _, err := tokens.Issue(fmt.Sprint("user ", i), 1)
		require.NoError(t, err)
		_, err = v.Verify(t.Context(), token)
		require.NoError(t, err)
	}
	require.Equal(t, 3, v.cache.Len())
}

func TestVerifierConcurrently(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	v := NewVerifier(nil, p.verifier(t), p.clock.Now)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 20 {
				subject := fmt.Sprint((i + j) % 4)
				identity, err := v.Verify(context.Background(), p.token(map[string]any{"sub": subject}))
				if err != nil || identity.Subject != subject {
					t.Errorf("subject %s: %v, %v", subject, identity, err)
				}
			}
		})
	}
	wg.Wait()
	require.Equal(t, 4, v.cache.Len())
	require.EqualValues(t, 1, p.fetches.Load())
}

// For any input, Verify does not panic, returns UNAUTHENTICATED (BAD_REQUEST if it is too long), quotes nothing of it,
// and accepts only issued tokens.
func FuzzVerify(f *testing.F) {
	p := newPool(f)
	keys := newTestKeys(f)
	tokens := NewTokens(keys.load(f), time.Hour, p.clock.Now)
	local, _, err := tokens.Issue("ada", 3)
	require.NoError(f, err)
	theirs := p.token(nil)
	cognito := p.verifier(f)
	both := NewVerifier(tokens, cognito, p.clock.Now)
	issued := map[string]Identity{}
	for _, token := range []string{local, theirs} {
		identity, err := both.Verify(f.Context(), token)
		require.NoError(f, err)
		issued[payload(token)] = identity
		f.Add(token)
		f.Add(token + "." + token)
		f.Add(token[:len(token)-1])
	}
	f.Add("")
	f.Add("..")
	f.Add(assemble(p.header(map[string]any{"alg": "none"}), p.claims(nil), func([]byte) []byte { return nil }))
	f.Add(sign(p.header(nil), p.claims(map[string]any{"iss": localIssuer}), p.key))
	f.Add(sign(localHeader(tokens.keys, nil), p.claims(nil), keys.private()))
	f.Add(sign(p.header(map[string]any{"jwk": jwk("first", rsaKeys()[2])}), p.claims(nil), rsaKeys()[2]))
	f.Fuzz(func(t *testing.T, token string) {
		v := NewVerifier(tokens, cognito, p.clock.Now)
		identity, err := v.Verify(t.Context(), token)
		if err == nil {
			want, ok := issued[payload(token)]
			require.True(t, ok, "accepted what was not issued")
			require.Equal(t, want, identity)
			return
		}
		code := apperr.Unauthenticated
		if len(token) > MaxToken {
			code = apperr.BadRequest
		}
		require.Equal(t, code, apperr.CodeOf(err))
		require.Less(t, len(err.Error()), 200)
		_, err = verifyLocal(tokens, token)
		require.True(t, err == nil || apperr.CodeOf(err) == code)
		_, err = cognito.Verify(t.Context(), token)
		require.True(t, err == nil || apperr.CodeOf(err) == code)
	})
}

// payload decodes the middle part of a token: base64 leaves bits at its end that have no meaning.
func payload(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	raw, _ := base64.RawURLEncoding.DecodeString(parts[1])
	return string(raw)
}

func BenchmarkVerify(b *testing.B) {
	p := newPool(b)
	tokens := NewTokens(newTestKeys(b).load(b), time.Hour, p.clock.Now)
	local, _, err := tokens.Issue("e52f0d4e-1f4a-4bd1-9a4e-0a8c6ff0f2ce", 3)
	require.NoError(b, err)
	v := NewVerifier(tokens, p.verifier(b), p.clock.Now)
	for name, token := range map[string]string{"local": local, "cognito": p.token(nil)} {
		b.Run(name+"/first", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				v.cache.Purge()
				if _, err := v.Verify(b.Context(), token); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/again", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Verify(b.Context(), token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
