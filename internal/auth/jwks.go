package auth

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"followgraph/internal/apperr"
)

const (
	// jwksPace is the minimum time between two fetches. It bounds the fetches that tokens with unknown keys can cause.
	// It is also the maximum time until a new key is accepted.
	jwksPace = 10 * time.Second
	// jwksRefresh is the age from which the use of a key triggers another fetch. While the endpoint responds, a
	// withdrawn key may be accepted for this long.
	jwksRefresh = 15 * time.Minute
	// jwksMaxAge is how long keys are used if the endpoint does not answer.
	jwksMaxAge = 24 * time.Hour
	// maxJWKS limits the endpoint's response, in bytes. Cognito's has about 1,000.
	maxJWKS = 64 << 10
	// Sizes of an RSA modulus, in bits: the minimum of RFC 7518, 3.3, and a maximum that does not take long to verify.
	minRSA, maxRSA = 2048, 8192
)

// publicKeys maps the ids of keys to keys.
type publicKeys map[string]*rsa.PublicKey

// jwks holds the public keys that an endpoint serves (RFC 7517). They are fetched when needed and cached.
type jwks struct {
	// get fetches the keys for all callers, so the end of one caller's context does not cancel it.
	get func() (publicKeys, error)
	now func() time.Time
	log *slog.Logger

	mu       sync.Mutex
	keys     publicKeys // replaced, never changed
	fetched  time.Time
	lastTry  time.Time
	fetching chan struct{} // closed when the running fetch ends; nil if none is running
}

// find returns the key with an id. If the id is unknown or all keys are too old, it waits for a fetch: the running one,
// or a new one if jwksPace allows it.
func (j *jwks) find(ctx context.Context, id string) (*rsa.PublicKey, error) {
	key, fresh, fetching := j.look(id)
	if key == nil && fetching != nil {
		select {
		case <-fetching:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		key, fresh, _ = j.look(id)
	}
	switch {
	case key != nil:
		return key, nil
	case fresh:
		return nil, errInvalidToken("its key is not known")
	default:
		return nil, apperr.New(apperr.Unavailable, "the keys of the Cognito user pool are not available: try again in a few seconds")
	}
}

// holds reports whether a key that find returned is still accepted.
func (j *jwks) holds(id string, key *rsa.PublicKey) bool {
	current, _, _ := j.look(id)
	return current == key
}

// look is find without waiting. key is nil if the id is unknown or the keys are too old. look starts a fetch if one is
// due. fetching is closed when the running fetch ends; it is nil if none is running.
func (j *jwks) look(id string) (key *rsa.PublicKey, fresh bool, fetching <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	now := j.now()
	age := now.Sub(j.fetched)
	fresh = j.keys != nil && age < jwksMaxAge
	if fresh {
		key = j.keys[id]
	}
	if (key == nil || age >= jwksRefresh) && j.fetching == nil && (j.lastTry.IsZero() || now.Sub(j.lastTry) >= jwksPace) {
		j.lastTry = now
		j.fetching = make(chan struct{})
		go j.fetch(now, j.fetching)
	}
	return key, fresh, j.fetching
}

// fetch replaces the keys. If it fails, the old keys stay.
func (j *jwks) fetch(now time.Time, done chan<- struct{}) {
	defer close(done)
	keys, err := j.get()
	if err != nil {
		j.log.Warn("Cognito's keys could not be fetched", "error", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.fetching = nil
	if err != nil {
		return
	}
	for id, key := range keys {
		if old := j.keys[id]; old != nil && old.Equal(key) {
			keys[id] = old // the same key keeps its pointer, for holds
		}
	}
	j.keys, j.fetched = keys, now
}

// getJWKS fetches the keys at a URL within a timeout.
func getJWKS(ctx context.Context, client *http.Client, url string, timeout time.Duration) (publicKeys, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s responded with %s", url, response.Status)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxJWKS+1))
	if err != nil {
		return nil, fmt.Errorf("reading the response of %s: %w", url, err)
	}
	if len(body) > maxJWKS {
		return nil, fmt.Errorf("the response of %s has more than %d bytes", url, maxJWKS)
	}
	keys, err := parseJWKS(body)
	if err != nil {
		return nil, fmt.Errorf("the response of %s %w", url, err)
	}
	return keys, nil
}

// parseJWKS ignores keys that cannot be used here, as RFC 7517, 5 requires, and fails if none is left.
func parseJWKS(body []byte) (publicKeys, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, errors.New("is not a JSON Web Key Set")
	}
	keys := publicKeys{}
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		if err := key.UnmarshalJSON(raw); err != nil {
			continue
		}
		public, ok := key.Key.(*rsa.PublicKey)
		if !ok || key.KeyID == "" || (key.Use != "" && key.Use != "sig") ||
			(key.Algorithm != "" && key.Algorithm != string(jose.RS256)) ||
			public.N.BitLen() < minRSA || public.N.BitLen() > maxRSA {
			continue
		}
		keys[key.KeyID] = public
	}
	if len(keys) == 0 {
		return nil, errors.New("has no RSA key for signatures")
	}
	return keys, nil
}
