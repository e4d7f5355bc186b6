package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"followgraph/internal/auth"
	"followgraph/internal/config"
	"followgraph/internal/globalid"
	"followgraph/internal/model"
	"followgraph/internal/observe"
	"followgraph/internal/observe/auditlog"
	"followgraph/internal/social"
	"followgraph/internal/store"
	"followgraph/internal/viewer"
)

// User is an account to create. Its password is read from standard input.
type User struct {
	Username    string
	PhoneNumber string
	Email       string // empty: none
	Role        string
}

// CreateUser creates an account and writes its Cognito id to out.
func CreateUser(ctx context.Context, c config.Common, user User, log *slog.Logger, in io.Reader, out, terminal io.Writer) error {
	password, err := readPassword(ctx, in, terminal)
	if err != nil {
		return err
	}
	return withAccounts(ctx, c, log, func(ctx context.Context, _ *store.Store, service *social.Service) error {
		account, err := service.CreateAccount(ctx, model.RegisterInput{
			Username: user.Username, PhoneNumber: user.PhoneNumber, Email: &user.Email, Password: password,
		}, model.UserRole(user.Role))
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s: account created, Cognito id %s\n", user.Username, account.CognitoID)
		return nil
	})
}

// SetRole sets the role of the account with a username.
func SetRole(ctx context.Context, c config.Common, username, role string, log *slog.Logger, out io.Writer) error {
	return withAccounts(ctx, c, log, func(ctx context.Context, opened *store.Store, service *social.Service) error {
		id, username, err := userID(ctx, opened, username)
		if err != nil {
			return err
		}
		if _, err := service.SetRole(ctx, model.SetRoleInput{UserID: id, Role: model.UserRole(role)}); err != nil {
			return err
		}
		fmt.Fprintf(out, "%s: role %s\n", username, role)
		return nil
	})
}

// SetPassword changes the password of the account with a username.
func SetPassword(ctx context.Context, c config.Common, username string, log *slog.Logger, in io.Reader, out, terminal io.Writer) error {
	password, err := readPassword(ctx, in, terminal)
	if err != nil {
		return err
	}
	return withAccounts(ctx, c, log, func(ctx context.Context, opened *store.Store, service *social.Service) error {
		id, username, err := userID(ctx, opened, username)
		if err != nil {
			return err
		}
		if _, err := service.ChangePassword(ctx, model.ChangePasswordInput{UserID: &id, NewPassword: password}); err != nil {
			return err
		}
		fmt.Fprintf(out, "%s: password changed\n", username)
		return nil
	})
}

// withAccounts calls run with the service for accounts. The caller in run's context is an operator without an account:
// a person with access to the database can do everything anyway.
func withAccounts(ctx context.Context, c config.Common, log *slog.Logger, run func(context.Context, *store.Store, *social.Service) error) error {
	passwords, err := auth.NewPasswords(auth.PasswordOptions{Cost: c.Accounts.PasswordCost})
	if err != nil {
		return err
	}
	return withStore(ctx, c, log, func(_ *database, opened *store.Store) error {
		service := social.New(opened, social.Options{Passwords: passwords, Log: log})
		ctx = observe.With(ctx, auditlog.New(log))
		return run(viewer.With(ctx, viewer.Viewer{Registered: true, Operator: true}), opened, service)
	})
}

// userID returns the global id of the account with a username, and the username in the account's spelling.
func userID(ctx context.Context, opened *store.Store, username string) (id, exact string, err error) {
	account, err := opened.AccountByUsername(ctx, username)
	switch {
	case err != nil:
		return "", "", err
	case account == nil:
		return "", "", fmt.Errorf("there is no account with the username %q", username)
	}
	return globalid.User(account.CognitoID), account.Username, nil
}
