package app

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"followgraph/internal/auth"
	"followgraph/internal/config"
	"followgraph/internal/httpserver"
	"followgraph/internal/limit"
	"followgraph/internal/localpg"
	"followgraph/internal/profile"
	"followgraph/internal/social"
	"followgraph/internal/viewer"
)

// keyFile is the name of the signing key in the data directory of a private PostgreSQL.
const keyFile = "token-key.pem"

// refusalDelay slows down a program that guesses passwords. It is short for a person who mistyped too often.
const refusalDelay = time.Second

// signIn holds the parts that authenticate callers.
type signIn struct {
	tokens    *auth.Tokens // nil without a signing key, which disables sign-in by password
	verifier  *auth.Verifier
	passwords *auth.Passwords
	attempts  *limit.Attempts
	reserved  profile.Reserved
}

// newSignIn reads the configured keys. For a private PostgreSQL without a key it creates one. Cognito's keys are
// refreshed until ctx ends.
func newSignIn(ctx context.Context, common config.Common, serve config.SignIn, log *slog.Logger) (signIn, error) {
	tokens, err := newTokens(common.Database, serve)
	if err != nil {
		return signIn{}, err
	}
	var cognito *auth.Cognito
	if serve.CognitoIssuer != "" {
		cognito, err = auth.NewCognito(ctx, auth.CognitoOptions{
			Issuer: serve.CognitoIssuer, KeysURL: serve.CognitoKeysURL, VerifiedClaims: len(serve.LinkVerified) > 0, ClientIDs: serve.CognitoClientIDs, Now: time.Now, Log: log,
		})
		if err != nil {
			return signIn{}, err
		}
	}
	if tokens == nil && cognito == nil {
		log.WarnContext(ctx, "sign-in is disabled: neither --token-key nor --cognito-issuer is set")
	}
	reserved, err := reservedNames(common.Accounts.ReservedNames)
	if err != nil {
		return signIn{}, err
	}
	limits := limit.AttemptLimits{
		Account: attemptRate(serve.AccountAttempts, 10*time.Minute),
		Address: attemptRate(serve.AddressAttempts, 100*time.Second),

		Registrations: attemptRate(serve.Registrations, time.Hour),
	}
	if tokens != nil {
		if limits.Secret, err = tokens.Secret("attempts"); err != nil {
			return signIn{}, err
		}
	}
	passwords, err := auth.NewPasswords(auth.PasswordOptions{Cost: common.Accounts.PasswordCost})
	return signIn{
		tokens:    tokens,
		verifier:  auth.NewVerifier(tokens, cognito, time.Now),
		passwords: passwords,
		attempts:  limit.NewAttempts(limits, time.Now),
		reserved:  reserved,
	}, err
}

// attemptRate allows a number of attempts per period, in one burst or spread out.
func attemptRate(attempts int, period time.Duration) limit.Rate {
	return limit.Rate{AtOnce: attempts, Every: period / time.Duration(attempts)}
}

// newTokens returns nil without a signing key.
func newTokens(database config.Database, serve config.SignIn) (*auth.Tokens, error) {
	path := serve.TokenKey
	switch {
	case path != "":
	case database.URL == "":
		dir, err := localpg.OpenDir(database.DataDir)
		if err != nil {
			return nil, err
		}
		defer dir.Close()
		if err := auth.CreateKeyIn(dir, keyFile); err != nil {
			return nil, err
		}
		path = filepath.Join(dir.Name(), keyFile)
	case len(serve.VerificationKeys) > 0:
		return nil, errors.New("--token-verification-key needs --token-key")
	default:
		return nil, nil
	}
	keys, err := auth.LoadKeys(path, serve.VerificationKeys)
	if err != nil {
		return nil, err
	}
	return auth.NewTokens(keys, serve.TokenLifetime, time.Now), nil
}

// options returns the options of the social service.
func (s signIn) options(serve config.SignIn, log *slog.Logger) social.Options {
	options := social.Options{
		Passwords: s.passwords, Attempts: s.attempts, RefusalDelay: refusalDelay, AnonymousReads: serve.AnonymousReads, Log: log,
		LinkVerified: social.LinkVerified{
			Email: slices.Contains(serve.LinkVerified, config.LinkEmail), PhoneNumber: slices.Contains(serve.LinkVerified, config.LinkPhoneNumber),
		},
		RegistrationClosed: serve.Registration == "closed", Reserved: s.reserved,
	}
	if s.tokens != nil { // a nil *auth.Tokens in an interface would not be nil
		options.Tokens = s.tokens
	}
	return options
}

// authenticate returns a function that returns the caller of a token.
func (s signIn) authenticate(service *social.Service) httpserver.Authenticate {
	return func(ctx context.Context, token string) (viewer.Viewer, error) {
		identity, err := s.verifier.Verify(ctx, token)
		if err != nil {
			return viewer.Viewer{}, err
		}
		return service.Caller(ctx, identity)
	}
}

// identify returns a function that returns the session of a token.
func (s signIn) identify(service *social.Service) httpserver.Identify {
	return func(ctx context.Context, token string) (httpserver.Session, error) {
		identity, err := s.verifier.Verify(ctx, token)
		if err != nil {
			return httpserver.Session{}, err
		}
		return httpserver.Session{
			Expires: identity.Until(),
			Caller:  func(ctx context.Context) (viewer.Viewer, error) { return service.Caller(ctx, identity) },
		}, nil
	}
}
