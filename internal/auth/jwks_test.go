package auth

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
)

func (p *pool) signedBy(id string, key *rsa.PrivateKey) string {
	return sign(p.header(map[string]any{"kid": id}), p.claims(nil), key)
}

func TestCognitoRotation(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	c := p.verifier(t)
	first, second := rsaKeys()[0], rsaKeys()[1]
	_, err := c.Verify(t.Context(), p.signedBy("first", first))
	require.NoError(t, err)

	// A new key beside the old one is fetched when a token names it, as soon as jwksPace allows.
	p.serve(jwk("first", first), jwk("second", second))
	_, err = c.Verify(t.Context(), p.signedBy("second", second))
	requireRefused(t, err, "", "too soon")
	p.clock.Advance(jwksPace)
	_, err = c.Verify(t.Context(), p.signedBy("second", second))
	require.NoError(t, err)
	_, err = c.Verify(t.Context(), p.signedBy("first", first))
	require.NoError(t, err)
	require.EqualValues(t, 2, p.fetches.Load())

	// An old key is withdrawn: its tokens are rejected after the keys were fetched again. No caller waits for that.
	p.serve(jwk("second", second))
	p.clock.Advance(jwksRefresh)
	_, err = c.Verify(t.Context(), p.signedBy("second", second))
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err := c.Verify(t.Context(), p.signedBy("first", first))
		return apperr.CodeOf(err) == apperr.Unauthenticated && err != nil
	}, timeLimit, tick)

	// Another key gets the same id: the old key's tokens are rejected.
	p.serve(jwk("second", first))
	p.clock.Advance(jwksRefresh)
	require.Eventually(t, func() bool {
		_, err := c.Verify(t.Context(), p.signedBy("second", first))
		return err == nil
	}, timeLimit, tick)
	_, err = c.Verify(t.Context(), p.signedBy("second", second))
	requireRefused(t, err, "", "replaced")
}

func TestCognitoFetchRate(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	c := p.verifier(t)
	_, err := c.Verify(t.Context(), p.token(nil))
	require.NoError(t, err)
	unknown := rsaKeys()[2]
	// 1,000 tokens with 1,000 unknown keys in 20 s, from several goroutines.
	for range 20 {
		p.clock.Advance(time.Second)
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				_, err := c.Verify(t.Context(), p.signedBy(fmt.Sprint("unknown ", i), unknown))
				if apperr.CodeOf(err) != apperr.Unauthenticated {
					t.Errorf("an unknown key: %v", err)
				}
			})
		}
		wg.Wait()
	}
	require.EqualValues(t, 3, p.fetches.Load(), "the first one, and one each 10 s")
	_, err = c.Verify(t.Context(), p.token(nil))
	require.NoError(t, err)
}

// Fetching the same keys again does not invalidate cached tokens.
func TestCognitoSameKeys(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	c := p.verifier(t)
	key, err := c.keys.find(t.Context(), "first")
	require.NoError(t, err)
	p.serve(jwk("second", rsaKeys()[1]), jwk("first", p.key))
	p.clock.Advance(jwksRefresh)
	_, err = c.keys.find(t.Context(), "second")
	require.NoError(t, err)
	require.True(t, c.keys.holds("first", key))
}

// One fetch serves all waiting callers, and does not end with the first of them.
func TestCognitoSharesFetch(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	c := p.verifier(t)
	_, err := c.Verify(t.Context(), p.token(nil))
	require.NoError(t, err)

	second := rsaKeys()[1]
	requests, release := make(chan struct{}), make(chan struct{})
	p.handle(func(w http.ResponseWriter, _ *http.Request) {
		close(requests)
		<-release
		_, _ = w.Write(mustJSON(map[string]any{"keys": []any{jwk("second", second)}}))
	})
	p.clock.Advance(jwksPace)
	token := p.signedBy("second", second)
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, err := c.Verify(ctx, token)
		left <- err
	}()
	<-requests
	cancel()
	require.ErrorIs(t, <-left, context.Canceled)

	var wg sync.WaitGroup
	var accepted, started atomic.Int64
	for range 20 {
		wg.Go(func() {
			started.Add(1)
			if _, err := c.Verify(t.Context(), token); err == nil {
				accepted.Add(1)
			}
		})
	}
	require.Eventually(t, func() bool { return started.Load() == 20 }, timeLimit, tick)
	close(release)
	wg.Wait()
	require.EqualValues(t, 20, accepted.Load())
	require.EqualValues(t, 2, p.fetches.Load())
}

func TestCognitoEndpointDown(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	var log bytes.Buffer
	c := p.verifier(t)
	c.keys.log = slog.New(slog.NewTextHandler(&log, nil))
	token := func() string { return p.token(nil) }
	_, err := c.Verify(t.Context(), token())
	require.NoError(t, err)

	// Cached keys are used for a day while the endpoint is down.
	p.fail()
	fetches := p.fetches.Load()
	p.clock.Advance(jwksMaxAge - time.Second)
	_, err = c.Verify(t.Context(), token())
	require.NoError(t, err)
	require.Eventually(t, func() bool { return p.fetches.Load() > fetches }, timeLimit, tick)
	// Meanwhile an unknown key stays unknown.
	p.clock.Advance(-time.Hour)
	_, err = c.Verify(t.Context(), p.signedBy("unknown", p.key))
	requireRefused(t, err, "", "unknown")

	p.clock.Advance(time.Hour + time.Second)
	for range 10 {
		_, err = c.Verify(t.Context(), token())
		require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "not the caller's fault")
	}
	require.LessOrEqual(t, p.fetches.Load(), fetches+2, "the pace holds for fetches that fail")

	// The verifier recovers without a restart.
	p.serve(jwk("first", p.key))
	p.clock.Advance(jwksPace)
	require.Eventually(t, func() bool {
		_, err = c.Verify(t.Context(), token())
		return err == nil
	}, timeLimit, tick)
	require.Contains(t, log.String(), p.issuer+"/.well-known/jwks.json")
	require.NotContains(t, log.String(), strings.Split(token(), ".")[2])
}

// The program starts without the endpoint, and accepts tokens once the endpoint is available.
func TestCognitoStartsWithoutEndpoint(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.fail()
	c := p.verifier(t)
	_, err := c.Verify(t.Context(), p.token(nil))
	require.Equal(t, apperr.Unavailable, apperr.CodeOf(err))
	p.serve(jwk("first", p.key))
	p.clock.Advance(jwksPace)
	_, err = c.Verify(t.Context(), p.token(nil))
	require.NoError(t, err)
}

// Whatever the endpoint responds, fresh keys stay, and a program without keys returns an error in limited time and
// memory.
func TestCognitoBadResponses(t *testing.T) {
	t.Parallel()
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	oneKey := string(mustJSON(jwk("first", rsaKeys()[0])))
	body := func(s string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, s) }
	}
	with := func(changed map[string]any) http.HandlerFunc {
		return body(string(mustJSON(map[string]any{"keys": []any{change(jwk("first", rsaKeys()[0]), changed)}})))
	}
	elsewhere := httptest.NewServer(body(`{"keys":[` + oneKey + `]}`))
	t.Cleanup(elsewhere.Close)
	var sent atomic.Bool // all of the 100 MB
	t.Cleanup(func() { require.False(t, sent.Load(), "an endless answer must not be read to its end") })
	for name, answer := range map[string]http.HandlerFunc{
		"garbage":    body("\x00\xff garbage"),
		"empty":      body(""),
		"HTML":       body("<html>please sign in</html>"),
		"a list":     body("[" + oneKey + "]"),
		"no keys":    body("{}"),
		"empty list": body(`{"keys":[]}`),
		"null":       body(`{"keys":[null, 1, "x", {}]}`),
		"cut off":    body(`{"keys":[` + oneKey),
		"500":        func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"404, with keys": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"keys":[`+oneKey+`]}`)
		},
		"redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, http.StatusFound) },
		"100 MB": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"keys":[`+oneKey+`],"padding":"`)
			chunk := bytes.Repeat([]byte("x"), 1<<20)
			for range 100 {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
			sent.Store(true)
			_, _ = io.WriteString(w, `"}`)
		},
		"hangs before the answer": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"hangs in the answer": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `{"keys":[`)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
		"for encryption":    with(map[string]any{"use": "enc"}),
		"another algorithm": with(map[string]any{"alg": "RS512"}),
		"no id":             with(map[string]any{"kid": nil}),
		"unknown kind":      with(map[string]any{"kty": "PQC"}),
		"symmetric":         with(map[string]any{"kty": "oct", "k": encode([]byte("secret"))}),
		"short key":         body(string(mustJSON(map[string]any{"keys": []any{jwk("first", small)}}))),
		"no modulus":        with(map[string]any{"n": nil}),
		"exponent 0":        with(map[string]any{"e": encode([]byte{0})}),
		"exponent 1":        with(map[string]any{"e": encode([]byte{1})}),
		"endless exponent":  with(map[string]any{"e": encode(bytes.Repeat([]byte{255}, 4096))}),
		"16 kbit modulus":   with(map[string]any{"n": encode(bytes.Repeat([]byte{255}, 2048))}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts := CognitoOptions{Timeout: timeLimit}
			if strings.HasPrefix(name, "hangs") {
				opts.Timeout = 100 * time.Millisecond
			}
			p := newPool(t)
			good := *p.answer.Load()
			p.handle(answer)
			c := p.verifierWith(t, opts)
			_, err := c.Verify(t.Context(), p.token(nil))
			require.Error(t, err)
			require.Equal(t, apperr.Unavailable, apperr.CodeOf(err))

			p.handle(good)
			require.Eventually(t, func() bool { // a busy machine may take longer than the timeout
				p.clock.Advance(jwksPace)
				_, err = c.Verify(t.Context(), p.token(nil))
				return err == nil
			}, timeLimit, tick)

			p.handle(answer)
			p.clock.Advance(jwksPace)
			_, err = c.Verify(t.Context(), p.signedBy("unknown", p.key))
			requireRefused(t, err, "", name)
			_, err = c.Verify(t.Context(), p.token(nil))
			require.NoError(t, err, "keys that are fresh stay")
		})
	}
}

// Unusable keys do not affect the others (RFC 7517, 5).
func TestCognitoMixedKeys(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.serve(
		map[string]any{"kty": "PQC", "kid": "first"},
		map[string]any{"kty": "EC", "kid": "first", "crv": "P-256", "x": "AA", "y": "AA"},
		map[string]any{"kty": "oct", "kid": "first", "k": encode([]byte("secret"))},
		change(jwk("first", p.key), map[string]any{"x-extra": map[string]any{"a": 1}, "key_ops": []string{"verify"}, "alg": nil, "use": nil}),
	)
	c := p.verifier(t)
	_, err := c.Verify(t.Context(), p.token(nil))
	require.NoError(t, err)
}
