package main

import (
	"github.com/spf13/cobra"

	"followgraph/internal/app"
	"followgraph/internal/apperr"
)

func newUsers(c *common) *cobra.Command {
	const password = `

The password is read from standard input, whose one line it is; on a terminal it is asked for twice and not shown. It
has 8 to 72 bytes.`
	var user app.User
	create := &cobra.Command{
		Use:   "create USERNAME",
		Short: "Make an account with a password",
		Long:  "Make an account with a password, such as the first one with the role OPT_USER." + password,
		Args:  cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			user.Username = args[0]
			return refused(app.CreateUser(command.Context(), c.Common, user, c.log, command.InOrStdin(), command.OutOrStdout(), command.ErrOrStderr()))
		},
	}
	flags := create.Flags()
	flags.StringVar(&user.PhoneNumber, "phone-number", "", "phone number with + and country code")
	flags.StringVar(&user.Email, "email", "", "email address")
	flags.StringVar(&user.Role, "role", "END_USER", "role: END_USER, OWNER, AGENT, BROKER, TC_ADMIN or OPT_USER")
	setRole := &cobra.Command{
		Use:   "set-role USERNAME ROLE",
		Short: "Give an account a role",
		Long:  "Give an account a role: END_USER, OWNER, AGENT, BROKER, TC_ADMIN or OPT_USER. Servers that run know it within 10 seconds.",
		Args:  cobra.ExactArgs(2),
		RunE: func(command *cobra.Command, args []string) error {
			return refused(app.SetRole(command.Context(), c.Common, args[0], args[1], c.log, command.OutOrStdout()))
		},
	}
	setPassword := &cobra.Command{
		Use:   "set-password USERNAME",
		Short: "Change an account's password and end its tokens",
		Long:  "Change an account's password. All tokens that were issued for the old one end within 10 seconds." + password,
		Args:  cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			return refused(app.SetPassword(command.Context(), c.Common, args[0], c.log, command.InOrStdin(), command.OutOrStdout(), command.ErrOrStderr()))
		},
	}
	checkNames := &cobra.Command{
		Use:   "check-names",
		Short: "List the names that no new account could have; exit status 1 if there are any",
		Long: `List the names that no new account could have, as an adopted database may: usernames and email addresses that differ from
others in case alone, one after the other; names with invisible or direction-changing characters or not in NFC; and reserved
usernames. Nothing is changed. The exit status is 1 if there are any.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return app.CheckNames(command.Context(), c.Common, c.log, command.OutOrStdout())
		},
	}
	users := group("users", "Look after accounts", create, setRole, setPassword, checkNames)
	users.Long = "Look after accounts. The accounts of an adopted database are linked to their Cognito users by `followgraph adopt link`."
	return users
}

// refused makes a value that no account can have a usage error.
func refused(err error) error {
	if err != nil && apperr.CodeOf(err) == apperr.BadUserInput {
		return usageError{err}
	}
	return err
}
