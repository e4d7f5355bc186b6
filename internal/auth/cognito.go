package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4/jwt"
)

// CognitoOptions names a user pool. Issuer and ClientIDs are required; zero values of the others select defaults.
type CognitoOptions struct {
	// Issuer is the pool's issuer as in its tokens: https://cognito-idp.REGION.amazonaws.com/POOL. Its keys are at
	// Issuer/.well-known/jwks.json.
	Issuer string
	// KeysURL is the URL of the pool's keys if it differs from the default: the tokens of an emulator may name Amazon's
	// issuer.
	KeysURL string
	// VerifiedClaims fills Identity.VerifiedEmail and VerifiedPhoneNumber from id tokens.
	VerifiedClaims bool
	// ClientIDs lists the app clients whose tokens are accepted.
	ClientIDs []string
	// HTTPClient fetches the keys. Redirects are not followed.
	HTTPClient *http.Client
	// Timeout limits a fetch of the keys; 0 means 5 s.
	Timeout time.Duration
	Now     func() time.Time
	Log     *slog.Logger
}

// Cognito verifies the access and id tokens of a user pool: JWTs signed with RS256 ("Verifying JSON web tokens", Amazon
// Cognito's Developer Guide). It is safe for concurrent use.
type Cognito struct {
	issuer    string
	clientIDs []string
	claims    bool
	now       func() time.Time
	keys      *jwks
}

type cognitoClaims struct {
	jwt.Claims
	TokenUse string `json:"token_use"`
	ClientID string `json:"client_id"`
	Username string `json:"username"`
	attributeClaims
}

// isOfMachine reports whether the token belongs to an app client that signed in as itself, by the client credentials
// grant (RFC 6749, 4.4). The subject of such a token is the client, and there is no user.
func (c cognitoClaims) isOfMachine() bool {
	return c.TokenUse == "access" && c.Username == "" && c.Subject == c.ClientID
}

// NewCognito starts to fetch the pool's keys and does not wait for them, so the program starts even if the endpoint is
// not reachable. When ctx ends, no more keys are fetched.
func NewCognito(ctx context.Context, opts CognitoOptions) (*Cognito, error) {
	if err := checkIssuer(opts.Issuer); err != nil {
		return nil, err
	}
	if len(opts.ClientIDs) == 0 || slices.Contains(opts.ClientIDs, "") {
		return nil, errors.New("at least one Cognito client id is required, and none may be empty")
	}
	if opts.HTTPClient == nil {
		opts.HTTPClient = &http.Client{}
	}
	if opts.KeysURL == "" {
		opts.KeysURL = opts.Issuer + "/.well-known/jwks.json"
	} else if err := checkIssuer(opts.KeysURL); err != nil {
		return nil, fmt.Errorf("the URL of the pool's keys: %w", err)
	}
	if opts.Timeout == 0 {
		opts.Timeout = 5 * time.Second
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Log == nil {
		opts.Log = slog.Default()
	}
	client := *opts.HTTPClient
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c := &Cognito{
		issuer:    opts.Issuer,
		clientIDs: slices.Clone(opts.ClientIDs),
		claims:    opts.VerifiedClaims,
		now:       opts.Now,
		keys: &jwks{
			get: func() (publicKeys, error) {
				return getJWKS(ctx, &client, opts.KeysURL, opts.Timeout)
			},
			now: opts.Now,
			log: opts.Log,
		},
	}
	c.keys.look("") // any look starts a fetch
	return c, nil
}

// checkIssuer rejects two kinds of URL: one that cannot be the issuer of a token, and one whose keys would be fetched
// without encryption.
func checkIssuer(issuer string) error {
	parsed, err := url.Parse(issuer)
	if err != nil || parsed.Host == "" || parsed.RawQuery != "" || parsed.Fragment != "" || parsed.User != nil ||
		strings.HasSuffix(issuer, "/") {
		return errors.New("a Cognito issuer must be https://cognito-idp.REGION.amazonaws.com/POOL, without a trailing slash")
	}
	address := net.ParseIP(parsed.Hostname())
	loopback := parsed.Hostname() == "localhost" || (address != nil && address.IsLoopback())
	if parsed.Scheme != "https" && (parsed.Scheme != "http" || !loopback) {
		return fmt.Errorf("a Cognito issuer must be an https URL; http is allowed only for localhost and loopback addresses, not for %s", parsed.Host)
	}
	return nil
}

// verify verifies a token of the pool. Its errors are those of Verifier.Verify. A token is accepted up to 30 s after
// its expiry and up to 30 s before its nbf and iat, because clocks differ.
func (c *Cognito) verify(ctx context.Context, parsed *jwt.JSONWebToken) (verifiedToken, error) {
	keyID := parsed.Headers[0].KeyID
	if keyID == "" {
		return verifiedToken{}, errInvalidToken("it names no key")
	}
	key, err := c.keys.find(ctx, keyID)
	if err != nil {
		return verifiedToken{}, err
	}
	var claims cognitoClaims
	if err := checkSignature(parsed, key, &claims); err != nil {
		return verifiedToken{}, err
	}
	if err := c.checkClaims(claims); err != nil {
		return verifiedToken{}, err
	}
	expires := claims.Expiry.Time()
	identity := Identity{Subject: claims.Subject, Machine: claims.isOfMachine(), Expires: expires}
	if c.claims {
		identity.VerifiedEmail, identity.VerifiedPhoneNumber = claims.verifiedAttributes()
	}
	return verifiedToken{
		identity: identity,
		until:    expires.Add(leeway),
		holds:    func() bool { return c.keys.holds(keyID, key) },
	}, nil
}

func (c *Cognito) checkClaims(claims cognitoClaims) error {
	switch claims.TokenUse {
	case "access":
		if !slices.Contains(c.clientIDs, claims.ClientID) {
			return errInvalidToken("it is for another client")
		}
	case "id":
		if len(claims.Audience) != 1 || !slices.Contains(c.clientIDs, claims.Audience[0]) {
			return errInvalidToken("it is for another client")
		}
	default:
		return errInvalidToken("its token_use is neither access nor id")
	}
	switch {
	case claims.Issuer != c.issuer:
		return errInvalidToken("it has another issuer")
	case !validSubject(claims.Subject):
		return errInvalidToken("it has no valid subject")
	}
	return checkTimes(claims.Claims, c.now(), leeway)
}
