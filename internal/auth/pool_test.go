package auth

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const client = "4client0of0the0pool"

// rsaKeys are generated once, because that is slow.
var rsaKeys = sync.OnceValue(func() [3]*rsa.PrivateKey {
	var keys [3]*rsa.PrivateKey
	for i := range keys {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		keys[i] = key
	}
	return keys
})

// pool is a user pool with a real endpoint for its keys.
type pool struct {
	issuer  string
	clock   *clock
	key     *rsa.PrivateKey
	keyID   string
	server  *httptest.Server
	fetches atomic.Int64
	answer  atomic.Pointer[http.HandlerFunc]
}

func newPool(t testing.TB) *pool {
	t.Helper()
	p := &pool{clock: newClock(), key: rsaKeys()[0], keyID: "first"}
	p.serve(jwk("first", p.key))
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/pool/.well-known/jwks.json" {
			http.NotFound(w, r)
			return
		}
		p.fetches.Add(1)
		(*p.answer.Load())(w, r)
	}))
	t.Cleanup(p.server.Close)
	p.issuer = p.server.URL + "/pool"
	return p
}

func (p *pool) handle(answer http.HandlerFunc) { p.answer.Store(&answer) }

// serve sets the pool's keys.
func (p *pool) serve(keys ...map[string]any) {
	p.handle(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": keys})
	})
}

// fail makes the endpoint break every connection.
func (p *pool) fail() {
	p.handle(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
}

func (p *pool) verifier(t testing.TB) *Cognito {
	t.Helper()
	return p.verifierWith(t, CognitoOptions{})
}

// Verify returns the identity of a token.
func (c *Cognito) Verify(ctx context.Context, token string) (Identity, error) {
	return NewVerifier(nil, c, c.now).Verify(ctx, token)
}

func (p *pool) verifierWith(t testing.TB, opts CognitoOptions) *Cognito {
	t.Helper()
	opts.Issuer, opts.ClientIDs = p.issuer, []string{"another", client}
	opts.Now, opts.Log = p.clock.Now, slog.New(slog.DiscardHandler)
	c, err := NewCognito(t.Context(), opts)
	require.NoError(t, err)
	return c
}

// claims returns the claims of an access token with changes: nil removes a claim.
func (p *pool) claims(changed map[string]any) map[string]any {
	now := p.clock.Now()
	return change(map[string]any{
		"iss": p.issuer, "sub": "ada", "token_use": "access", "client_id": client, "scope": "openid",
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "jti": "1", "username": "ada", "version": 2,
	}, changed)
}

func (p *pool) header(changed map[string]any) map[string]any {
	return change(map[string]any{"alg": "RS256", "kid": p.keyID}, changed)
}

func (p *pool) token(changed map[string]any) string {
	return sign(p.header(nil), p.claims(changed), p.key)
}

func change(m, changed map[string]any) map[string]any {
	for k, v := range changed {
		if v == nil {
			delete(m, k)
		} else {
			m[k] = v
		}
	}
	return m
}

func jwk(id string, key *rsa.PrivateKey) map[string]any {
	return map[string]any{
		"kty": "RSA", "kid": id, "alg": "RS256", "use": "sig",
		"n": encode(key.N.Bytes()), "e": encode(big.NewInt(int64(key.E)).Bytes()),
	}
}

func encode(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

// assemble returns a token made of any parts. Tests use it to forge tokens that no library would write.
func assemble(header, claims any, signature func(input []byte) []byte) string {
	part := func(v any) string {
		raw, ok := v.(string)
		if !ok {
			marshalled, err := json.Marshal(v)
			if err != nil {
				panic(err)
			}
			raw = string(marshalled)
		}
		return encode([]byte(raw))
	}
	input := part(header) + "." + part(claims)
	return input + "." + encode(signature([]byte(input)))
}

// sign returns a token signed with RS256 or EdDSA, depending on the key.
func sign(header, claims any, key crypto.Signer) string {
	return assemble(header, claims, func(input []byte) []byte {
		hash := crypto.Hash(0)
		if _, ok := key.(ed25519.PrivateKey); !ok {
			hash = crypto.SHA256
			sum := sha256.Sum256(input)
			input = sum[:]
		}
		signature, err := key.Sign(rand.Reader, input, hash)
		if err != nil {
			panic(err)
		}
		return signature
	})
}

func mustJSON(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return raw
}
