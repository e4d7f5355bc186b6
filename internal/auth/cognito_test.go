package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
)

func TestCognitoAccepts(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	c := p.verifier(t)
	for name, token := range map[string]string{
		"access":              p.token(nil),
		"id":                  p.token(map[string]any{"token_use": "id", "client_id": nil, "aud": client}),
		"id, audience a list": p.token(map[string]any{"token_use": "id", "client_id": nil, "aud": []string{client}}),
		"nbf":                 p.token(map[string]any{"nbf": p.clock.Now().Unix()}),
		"clocks that differ":  p.token(map[string]any{"iat": p.clock.Now().Add(leeway).Unix(), "nbf": p.clock.Now().Add(leeway).Unix()}),
		"just expired":        p.token(map[string]any{"exp": p.clock.Now().Add(time.Second - leeway).Unix()}),
		"typ":                 sign(p.header(map[string]any{"typ": "JWT"}), p.claims(nil), p.key),
		"longest subject":     p.token(map[string]any{"sub": strings.Repeat("x", 255)}),
	} {
		identity, err := c.Verify(t.Context(), token)
		require.NoError(t, err, name)
		require.False(t, identity.Local)
		require.Zero(t, identity.Version, "a version in a token of Cognito's means nothing here")
		require.NotEmpty(t, identity.Subject)
		require.False(t, identity.Expires.IsZero())
	}
	identity, err := c.Verify(t.Context(), p.token(nil))
	require.NoError(t, err)
	identity.Expires = identity.Expires.UTC()
	require.Equal(t, Identity{Subject: "ada", Expires: p.clock.Now().Add(time.Hour)}, identity)
	require.EqualValues(t, 1, p.fetches.Load())
}

func TestCognitoRejects(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	c := p.verifier(t)
	keys := newTestKeys(t)
	attacker := rsaKeys()[2]

	var visited atomic.Int64
	evil := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visited.Add(1) }))
	t.Cleanup(evil.Close)

	der, err := x509.MarshalPKIXPublicKey(&p.key.PublicKey)
	require.NoError(t, err)
	hs256 := func(secret []byte) string {
		return assemble(p.header(map[string]any{"alg": "HS256"}), p.claims(nil), func(input []byte) []byte {
			mac := hmac.New(sha256.New, secret)
			mac.Write(input)
			return mac.Sum(nil)
		})
	}
	unsigned := func(algorithm any) string {
		return assemble(p.header(map[string]any{"alg": algorithm}), p.claims(nil), func([]byte) []byte { return nil })
	}
	header := func(changed map[string]any) string { return sign(p.header(changed), p.claims(nil), p.key) }
	now := p.clock.Now()
	good := p.token(nil)
	parts := strings.Split(good, ".")

	tokens := map[string]string{
		"empty":              "",
		"garbage":            "garbage",
		"dots":               "..",
		"five parts":         good + ".a.b",
		"twice":              good + "." + good,
		"two in a header":    good + " " + good,
		"two parts":          parts[0] + "." + parts[1],
		"no signature":       parts[0] + "." + parts[1] + ".",
		"JSON form":          `{"protected":"` + parts[0] + `","payload":"` + parts[1] + `","signature":"` + parts[2] + `"}`,
		"nested":             sign(p.header(map[string]any{"cty": "JWT"}), `"`+good+`"`, p.key),
		"claims are a list":  sign(p.header(nil), "[]", p.key),
		"claims are no JSON": sign(p.header(nil), "{", p.key),
		"header is not JSON": sign("{", p.claims(nil), p.key),

		"alg none":                    unsigned("none"),
		"alg None":                    unsigned("None"),
		"alg nOnE":                    unsigned("nOnE"),
		"alg NONE":                    unsigned("NONE"),
		"alg empty":                   unsigned(""),
		"alg missing":                 unsigned(nil),
		"alg a number":                unsigned(1),
		"none, signed":                header(map[string]any{"alg": "none"}),
		"HS256, DER":                  hs256(der),
		"HS256, PEM":                  hs256(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
		"HS256, PKCS1":                hs256(x509.MarshalPKCS1PublicKey(&p.key.PublicKey)),
		"HS256, PKCS1 PEM":            hs256(pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&p.key.PublicKey)})),
		"HS256, modulus":              hs256(p.key.N.Bytes()),
		"HS256, no secret":            hs256(nil),
		"RS512":                       header(map[string]any{"alg": "RS512"}),
		"PS256":                       header(map[string]any{"alg": "PS256"}),
		"EdDSA with the RSA key's id": sign(p.header(map[string]any{"alg": "EdDSA"}), p.claims(nil), keys.private()),
		"RS256 claimed for EdDSA":     sign(p.header(nil), p.claims(nil), keys.private()),

		"tampered claims":     parts[0] + "." + strings.Split(p.token(map[string]any{"sub": "eve"}), ".")[1] + "." + parts[2],
		"tampered header":     strings.Split(header(map[string]any{"typ": "x"}), ".")[0] + "." + parts[1] + "." + parts[2],
		"tampered signature":  parts[0] + "." + parts[1] + "." + tampered(parts[2]),
		"another key":         sign(p.header(nil), p.claims(nil), attacker),
		"unknown key":         sign(p.header(map[string]any{"kid": "unknown"}), p.claims(nil), attacker),
		"no key id":           header(map[string]any{"kid": nil}),
		"empty key id":        header(map[string]any{"kid": ""}),
		"key id a number":     header(map[string]any{"kid": 1}),
		"crit":                header(map[string]any{"crit": []string{"exp"}, "exp": now.Unix()}),
		"crit, unknown":       header(map[string]any{"crit": []string{"http://example.com/x"}, "http://example.com/x": true}),
		"jwk of the attacker": sign(p.header(map[string]any{"jwk": jwk("first", attacker)}), p.claims(nil), attacker),
		"jwk and no key id":   sign(p.header(map[string]any{"kid": nil, "jwk": jwk("first", attacker)}), p.claims(nil), attacker),
		"jku":                 sign(p.header(map[string]any{"jku": evil.URL}), p.claims(nil), attacker),
		"jku, unknown key":    sign(p.header(map[string]any{"jku": evil.URL, "kid": "evil"}), p.claims(nil), attacker),
		"x5u":                 sign(p.header(map[string]any{"x5u": evil.URL}), p.claims(nil), attacker),

		"wrong issuer":               p.token(map[string]any{"iss": "https://cognito-idp.eu-west-1.amazonaws.com/other"}),
		"issuer with a slash":        p.token(map[string]any{"iss": p.issuer + "/"}),
		"issuer in capitals":         p.token(map[string]any{"iss": strings.ToUpper(p.issuer)}),
		"issuer a list":              p.token(map[string]any{"iss": []string{p.issuer}}),
		"no issuer":                  p.token(map[string]any{"iss": nil}),
		"issuer of local tokens":     p.token(map[string]any{"iss": localIssuer}),
		"wrong client":               p.token(map[string]any{"client_id": "stranger"}),
		"no client":                  p.token(map[string]any{"client_id": nil}),
		"access with aud for client": p.token(map[string]any{"client_id": nil, "aud": client}),
		"id, wrong client":           p.token(map[string]any{"token_use": "id", "client_id": nil, "aud": "stranger"}),
		"id, no client":              p.token(map[string]any{"token_use": "id", "client_id": nil}),
		"id with client_id for aud":  p.token(map[string]any{"token_use": "id"}),
		"id, for others too":         p.token(map[string]any{"token_use": "id", "aud": []string{client, "stranger"}}),
		"id, empty audience":         p.token(map[string]any{"token_use": "id", "aud": []string{}}),
		"token_use refresh":          p.token(map[string]any{"token_use": "refresh"}),
		"no token_use":               p.token(map[string]any{"token_use": nil}),
		"no subject":                 p.token(map[string]any{"sub": nil}),
		"empty subject":              p.token(map[string]any{"sub": ""}),
		"subject a number":           p.token(map[string]any{"sub": 1}),
		"subject with NUL":           p.token(map[string]any{"sub": "a\x00b"}),
		"subject too long":           p.token(map[string]any{"sub": strings.Repeat("x", 256)}),
		"claims in capitals":         p.token(map[string]any{"sub": nil, "SUB": "ada"}),
		"a claim twice":              sign(p.header(nil), strings.Replace(string(mustJSON(p.claims(nil))), "{", `{"sub":"eve",`, 1), p.key),
		"no exp":                     p.token(map[string]any{"exp": nil}),
		"exp a text":                 p.token(map[string]any{"exp": "2099-01-01"}),
		"no iat":                     p.token(map[string]any{"iat": nil}),
		"not yet valid":              p.token(map[string]any{"nbf": now.Add(leeway + time.Second).Unix()}),
		"issued in the future":       p.token(map[string]any{"iat": now.Add(leeway + time.Second).Unix()}),
	}
	// Valid tokens that a test assembles differ from forged ones in their signature only: the helper works.
	_, err = c.Verify(t.Context(), good)
	require.NoError(t, err)
	both := NewVerifier(NewTokens(keys.load(t), time.Hour, p.clock.Now), c, p.clock.Now)
	for name, token := range tokens {
		for _, verify := range []func(context.Context, string) (Identity, error){c.Verify, both.Verify} {
			identity, err := verify(t.Context(), token)
			requireRefused(t, err, token, name)
			require.Equal(t, "the token is not valid: sign in again", clientMessage(t, err), name)
			require.Zero(t, identity)
		}
	}

	// Expiry is the only reason that is reported, and only if the signature is right.
	exp := map[string]any{"exp": now.Add(-leeway).Unix(), "iat": now.Add(-time.Hour).Unix()}
	for _, verify := range []func(context.Context, string) (Identity, error){c.Verify, both.Verify} {
		_, err = verify(t.Context(), p.token(exp))
		requireRefused(t, err, "expired", "expired")
		require.Equal(t, "the token has expired: sign in again", clientMessage(t, err))
		_, err = verify(t.Context(), sign(p.header(nil), p.claims(exp), attacker))
		require.Equal(t, "the token is not valid: sign in again", clientMessage(t, err))
	}
	require.Zero(t, visited.Load(), "no address out of a token may be visited")
}

// TestLongTokens checks that a token is accepted up to MaxToken bytes, and that the error for a longer one does not ask
// the user to sign in again, which would not make it shorter.
func TestLongTokens(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	c := p.verifier(t)
	both := NewVerifier(NewTokens(newTestKeys(t).load(t), time.Hour, p.clock.Now), c, p.clock.Now)
	ofLength := func(length int) string {
		without := len(p.token(map[string]any{"padding": ""}))
		for padding := (length - without) / 4 * 3; ; padding++ {
			if token := p.token(map[string]any{"padding": strings.Repeat("x", padding)}); len(token) >= length {
				return token
			}
		}
	}
	longest := ofLength(MaxToken - 1)
	require.LessOrEqual(t, len(longest), MaxToken)
	for _, verify := range []func(context.Context, string) (Identity, error){c.Verify, both.Verify} {
		identity, err := verify(t.Context(), longest)
		require.NoError(t, err)
		require.Equal(t, "ada", identity.Subject)

		_, err = verify(t.Context(), ofLength(MaxToken+1))
		require.Equal(t, apperr.BadRequest, apperr.CodeOf(err))
		require.Contains(t, clientMessage(t, err), fmt.Sprintf("the limit is %d", MaxToken))
		require.NotContains(t, clientMessage(t, err), "sign in")
	}
}

func TestClientCredentials(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	c := p.verifier(t)
	for name, test := range map[string]struct {
		claims  map[string]any
		machine bool
	}{
		"client credentials":               {map[string]any{"sub": client, "username": nil}, true},
		"a user":                           {nil, false},
		"a user without a username":        {map[string]any{"username": nil}, false},
		"an id token of that name":         {map[string]any{"sub": client, "username": nil, "token_use": "id", "aud": client}, false},
		"a user called as a client":        {map[string]any{"sub": client}, false},
		"another client's subject":         {map[string]any{"sub": "another", "username": nil}, false},
		"another client as itself":         {map[string]any{"sub": "another", "client_id": "another", "username": nil}, true},
		"an empty username is no username": {map[string]any{"sub": client, "username": ""}, true},
		"a machine with many scopes":       {map[string]any{"sub": client, "username": nil, "scope": "api/read api/write"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			identity, err := c.Verify(t.Context(), p.token(test.claims))
			require.NoError(t, err)
			require.Equal(t, test.machine, identity.Machine)
		})
	}
}

// TestKeysURL checks that an emulator's tokens may name Amazon's issuer while its keys are on this machine.
func TestKeysURL(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	keys := p.issuer + "/.well-known/jwks.json"
	p.issuer = "https://cognito-idp.eu-west-1.amazonaws.com/pool"
	c := p.verifierWith(t, CognitoOptions{KeysURL: keys})
	_, err := c.Verify(t.Context(), p.token(nil))
	require.NoError(t, err)

	_, err = NewCognito(t.Context(), CognitoOptions{Issuer: p.issuer, ClientIDs: []string{client}, KeysURL: "http://192.0.2.1/keys"})
	require.ErrorContains(t, err, "the URL of the pool's keys")
}

func TestCognitoOptions(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		issuer  string
		clients []string
		want    string
	}{
		"empty":            {"", []string{client}, "a Cognito issuer must be"},
		"no URL":           {"://", []string{client}, "a Cognito issuer must be"},
		"slash at the end": {"https://cognito-idp.eu-west-1.amazonaws.com/pool/", []string{client}, "without a trailing slash"},
		"query":            {"https://cognito-idp.eu-west-1.amazonaws.com/pool?x", []string{client}, "a Cognito issuer must be"},
		"password":         {"https://a:b@example.com/pool", []string{client}, "a Cognito issuer must be"},
		"http":             {"http://cognito-idp.eu-west-1.amazonaws.com/pool", []string{client}, "https URL"},
		"file":             {"file://localhost/etc/passwd", []string{client}, "https URL"},
		"no client":        {"https://cognito-idp.eu-west-1.amazonaws.com/pool", nil, "client id"},
		"an empty client":  {"https://cognito-idp.eu-west-1.amazonaws.com/pool", []string{client, ""}, "client id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := NewCognito(t.Context(), CognitoOptions{Issuer: test.issuer, ClientIDs: test.clients})
			require.ErrorContains(t, err, test.want)
		})
	}
}

// Emulators of Cognito run on this machine, without TLS.
func TestCognitoIssuers(t *testing.T) {
	t.Parallel()
	for _, issuer := range []string{
		"http://localhost:9229/local_pool", "http://127.0.0.1:9229/pool", "http://127.9.9.9/pool", "http://[::1]:9229/pool", "https://one.example/pool",
	} {
		require.NoError(t, checkIssuer(issuer), issuer)
	}
	for _, issuer := range []string{"http://0.0.0.0:9229/pool", "http://localhost.example/pool", "http://192.168.1.2/pool", "http://cognito-local:9229/pool"} {
		require.ErrorContains(t, checkIssuer(issuer), "http is allowed only for localhost and loopback addresses", issuer)
	}
}

func requireRefused(t *testing.T, err error, token, name string) {
	t.Helper()
	require.Error(t, err, name)
	require.Equal(t, apperr.Unauthenticated, apperr.CodeOf(err), name)
	for part := range strings.SplitSeq(token, ".") {
		if len(part) > 8 {
			require.NotContains(t, err.Error(), part, name)
		}
	}
}

// clientMessage returns the message that a client gets for an error.
func clientMessage(t *testing.T, err error) string {
	t.Helper()
	var e *apperr.Error
	require.ErrorAs(t, err, &e)
	return e.Message
}

// tampered returns a signature with another first character.
func tampered(signature string) string {
	if signature[0] == 'A' {
		return "B" + signature[1:]
	}
	return "A" + signature[1:]
}

// TestCognitoVerifiedClaims checks that only attributes that Cognito itself has verified for its own users count, and
// that these claims cannot make a token invalid.
func TestCognitoVerifiedClaims(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	with := p.verifierWith(t, CognitoOptions{VerifiedClaims: true})
	all := map[string]any{
		"token_use": "id", "client_id": nil, "aud": client,
		"email": "ada@example.org", "email_verified": true, "phone_number": "+41446681800", "phone_number_verified": "true",
	}
	for name, test := range map[string]struct {
		changed      map[string]any
		email, phone string
	}{
		"both":                    {nil, "ada@example.org", "+41446681800"},
		"unverified email":        {map[string]any{"email_verified": false}, "", "+41446681800"},
		"unverified number":       {map[string]any{"phone_number_verified": "false"}, "ada@example.org", ""},
		"not stated":              {map[string]any{"email_verified": nil, "phone_number_verified": nil}, "", ""},
		"not boolean":             {map[string]any{"email_verified": 1, "phone_number_verified": "yes"}, "", ""},
		"an access token":         {map[string]any{"token_use": "access", "client_id": client}, "", ""},
		"another provider's user": {map[string]any{"identities": []any{map[string]any{"providerName": "Google"}}}, "", ""},
		"no texts":                {map[string]any{"email": 5, "phone_number": []any{"+41"}}, "", ""},
		"too long, and with NUL":  {map[string]any{"email": strings.Repeat("x", 400), "phone_number": "+41\x00"}, "", ""},
	} {
		claims := map[string]any{}
		for name, value := range all {
			claims[name] = value
		}
		for name, value := range test.changed {
			claims[name] = value
		}
		identity, err := with.Verify(t.Context(), p.token(claims))
		require.NoError(t, err, name)
		require.Equal(t, []string{test.email, test.phone}, []string{identity.VerifiedEmail, identity.VerifiedPhoneNumber}, name)
	}
	identity, err := p.verifier(t).Verify(t.Context(), p.token(all))
	require.NoError(t, err)
	require.Empty(t, identity.VerifiedEmail+identity.VerifiedPhoneNumber, "they were not requested")
}
