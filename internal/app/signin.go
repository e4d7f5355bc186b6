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

// keyFile is where the key that signs tokens lies in the data directory of a private PostgreSQL.
const keyFile = "token-key.pem"

// refusalDelay is long for who tries passwords, and short for a person who mistyped one too often.
const refusalDelay = time.Second

// signIn is how callers prove who they are.
type signIn struct {
	tokens    *auth.Tokens // nil where there is no key to sign with: nobody signs in by password
	verifier  *auth.Verifier
	passwords *auth.Passwords
	attempts  *limit.Attempts
	reserved  profile.Reserved
}

// newSignIn reads the keys that the configuration names, and makes one for a private PostgreSQL that has none. The end
// of ctx ends the refreshing of Cognito's keys.
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
		log.WarnContext(ctx, "nobody can sign in: neither --token-key nor --cognito-issuer is given")
	}
	reserved, err := reservedNames(common.Accounts.ReservedNames)
	if err != nil {
		return signIn{}, err
	}
	passwords, err := auth.NewPasswords(auth.PasswordOptions{Cost: common.Accounts.PasswordCost})
	return signIn{
		tokens:    tokens,
		verifier:  auth.NewVerifier(tokens, cognito, time.Now),
		passwords: passwords,
		attempts: limit.NewAttempts(limit.AttemptLimits{
			Account: attemptRate(serve.AccountAttempts, 10*time.Minute),
			Address: attemptRate(serve.AddressAttempts, 100*time.Second),

			Registrations: attemptRate(serve.Registrations, time.Hour),
		}, time.Now),
		reserved: reserved,
	}, err
}

// attemptRate allows a number of attempts in a time, in one burst or spread out.
func attemptRate(attempts int, in time.Duration) limit.Rate {
	return limit.Rate{AtOnce: attempts, Every: in / time.Duration(attempts)}
}

// newTokens is nil where there is no key to sign with.
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
		return nil, errors.New("--token-verification-key goes with --token-key")
	default:
		return nil, nil
	}
	keys, err := auth.LoadKeys(path, serve.VerificationKeys)
	if err != nil {
		return nil, err
	}
	return auth.NewTokens(keys, serve.TokenLifetime, time.Now), nil
}

// options are what the rules need to sign callers in.
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

// authenticate tells whom a token names, and what that one may do.
func (s signIn) authenticate(service *social.Service) httpserver.Authenticate {
	return func(ctx context.Context, token string) (viewer.Viewer, error) {
		identity, err := s.verifier.Verify(ctx, token)
		if err != nil {
			return viewer.Viewer{}, err
		}
		return service.Caller(ctx, identity)
	}
}
