package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"followgraph/internal/config"
	"followgraph/internal/profile"
	"followgraph/internal/store"
	"followgraph/internal/wording"
)

// ErrNames says that accounts have names that a new account could not have.
var ErrNames = errors.New("there are names that a new account could not have; they keep working, and only their owners or an operator change them")

// CheckNames writes a line to out for each name that a new account could not have: usernames and email addresses that differ
// in case alone, names with invisible or direction-changing characters or not in NFC, and reserved usernames. With any the
// error is ErrNames.
func CheckNames(ctx context.Context, c config.Common, log *slog.Logger, out io.Writer) error {
	reserved, err := reservedNames(c.Accounts.ReservedNames)
	if err != nil {
		return err
	}
	return withStore(ctx, c, log, func(_ *database, opened *store.Store) error {
		accounts, found := 0, 0
		err := opened.EachNames(ctx, func(names store.Names) error {
			if !names.EmailAlike {
				accounts++
			}
			for _, finding := range findings(names, reserved) {
				found++
				if _, err := fmt.Fprintf(out, "%s: %s, username %+q, Cognito id %s\n", finding.problem, finding.name, names.Username, names.CognitoID); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s checked, %s\n", wording.Count(accounts, "account"), wording.Count(found, "finding"))
		if found > 0 {
			return ErrNames
		}
		return nil
	})
}

type nameFinding struct{ problem, name string }

// findings are what is wrong with the names of an account. Texts are quoted with escapes: what is invisible shows.
func findings(names store.Names, reserved profile.Reserved) (found []nameFinding) {
	if names.EmailAlike {
		return []nameFinding{{"differs in case alone", fmt.Sprintf("email %+q", names.Email)}}
	}
	if names.UsernameAlike {
		found = append(found, nameFinding{"differs in case alone", "username"})
	}
	if reserved.Has(names.Username) {
		found = append(found, nameFinding{"reserved", "username"})
	}
	for _, field := range []struct{ name, text string }{
		{"username", names.Username}, {"email", names.Email}, {"firstname", names.Firstname}, {"lastname", names.Lastname},
	} {
		if !profile.Visible(field.text) {
			found = append(found, nameFinding{"invisible or direction-changing characters", fmt.Sprintf("%s %+q", field.name, field.text)})
		}
		if !profile.Composed(field.text) {
			found = append(found, nameFinding{"not in NFC", fmt.Sprintf("%s %+q", field.name, field.text)})
		}
	}
	return found
}
