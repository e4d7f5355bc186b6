package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"followgraph/internal/apperr"
	"followgraph/internal/config"
	"followgraph/internal/profile"
	"followgraph/internal/store"
	"followgraph/internal/wording"
)

// ErrNames reports that accounts have names or phone numbers that a new account could not have.
var ErrNames = errors.New("some names or phone numbers would be invalid for a new account; they keep working, and only their owners or an operator can change them")

// CheckNames writes a line to out for each name that a new account could not have: usernames and email addresses that
// differ only in case, names with invisible or direction-changing characters or not in NFC, reserved usernames, and
// phone numbers not in the form of E.164. region is the country of numbers without a country code; empty for none. It
// returns ErrNames if there is any.
func CheckNames(ctx context.Context, c config.Common, region string, log *slog.Logger, out io.Writer) error {
	if region != "" {
		if err := profile.CheckRegion(region); err != nil {
			return apperr.New(apperr.BadUserInput, "--region: %v", err)
		}
	}
	reserved, err := reservedNames(c.Accounts.ReservedNames)
	if err != nil {
		return err
	}
	return withStore(ctx, c, log, func(_ *database, opened *store.Store) error {
		accounts, problems := 0, 0
		err := opened.EachNames(ctx, func(names store.Names) error {
			if !names.EmailAlike {
				accounts++
			}
			for _, finding := range nameFindings(names, reserved) {
				problems++
				if _, err := fmt.Fprintf(out, "%s: %s, username %+q, Cognito id %s\n", finding.problem, finding.name, names.Username, names.CognitoID); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		phones := phoneNumberCheck{store: opened, region: region, out: out, accounts: map[string]int{}}
		if err := phones.run(ctx); err != nil {
			return err
		}
		problems += phones.problems
		fmt.Fprintf(out, "%s checked, %s\n", wording.Count(accounts, "account"), wording.Count(problems, "finding"))
		if problems > 0 {
			return ErrNames
		}
		return nil
	})
}

type nameFinding struct{ problem, name string }

// nameFindings returns the problems of an account's names. It quotes texts with escapes, so that invisible characters
// show.
func nameFindings(names store.Names, reserved profile.Reserved) (findings []nameFinding) {
	if names.EmailAlike {
		return []nameFinding{{"differs only in case", fmt.Sprintf("email %+q", names.Email)}}
	}
	if names.UsernameAlike {
		findings = append(findings, nameFinding{"differs only in case", "username"})
	}
	if reserved.Has(names.Username) {
		findings = append(findings, nameFinding{"reserved", "username"})
	}
	for _, field := range []struct{ name, text string }{
		{"username", names.Username}, {"email", names.Email}, {"firstname", names.Firstname}, {"lastname", names.Lastname},
	} {
		if !profile.Visible(field.text) {
			findings = append(findings, nameFinding{"invisible or direction-changing characters", fmt.Sprintf("%s %+q", field.name, field.text)})
		}
		if !profile.Composed(field.text) {
			findings = append(findings, nameFinding{"not in NFC", fmt.Sprintf("%s %+q", field.name, field.text)})
		}
	}
	return findings
}
