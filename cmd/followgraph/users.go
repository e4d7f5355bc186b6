package main

import (
	"github.com/spf13/cobra"

	"followgraph/internal/app"
	"followgraph/internal/apperr"
)

func newUsers(c *common) *cobra.Command {
	const inputHelp = `

The command reads the password from standard input, one line. On a terminal it prompts twice and does not echo. A password has
8 to 72 bytes.`
	var user app.User
	create := &cobra.Command{
		Use:   "create USERNAME",
		Short: "Create an account with a password",
		Long:  "Create an account with a password, such as the first account with the role OPT_USER." + inputHelp,
		Args:  cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			user.Username = args[0]
			return asUsageError(app.CreateUser(command.Context(), c.Common, user, c.log, command.InOrStdin(), command.OutOrStdout(), command.ErrOrStderr()))
		},
	}
	flags := create.Flags()
	flags.StringVar(&user.PhoneNumber, "phone-number", "", "phone number with + and country code")
	flags.StringVar(&user.Email, "email", "", "email address")
	flags.StringVar(&user.Role, "role", "END_USER", "role: END_USER, OWNER, AGENT, BROKER, TC_ADMIN or OPT_USER")
	setRole := &cobra.Command{
		Use:   "set-role USERNAME ROLE",
		Short: "Set an account's role",
		Long:  "Set an account's role: END_USER, OWNER, AGENT, BROKER, TC_ADMIN or OPT_USER. Running servers apply it within 10 seconds.",
		Args:  cobra.ExactArgs(2),
		RunE: func(command *cobra.Command, args []string) error {
			return asUsageError(app.SetRole(command.Context(), c.Common, args[0], args[1], c.log, command.OutOrStdout()))
		},
	}
	setPassword := &cobra.Command{
		Use:   "set-password USERNAME",
		Short: "Change an account's password and revoke its tokens",
		Long:  "Change an account's password. Servers reject all tokens that were issued for the old one within 10 seconds." + inputHelp,
		Args:  cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			return asUsageError(app.SetPassword(command.Context(), c.Common, args[0], c.log, command.InOrStdin(), command.OutOrStdout(), command.ErrOrStderr()))
		},
	}
	var region string
	checkNames := &cobra.Command{
		Use:   "check-names",
		Short: "List names and phone numbers that new accounts could not have; exit status 1 if there are any",
		Long: `List names and phone numbers that new accounts could not have. An adopted database may contain them: usernames and email
addresses that differ from others only in case; names with invisible or direction-changing characters, or not in NFC; reserved
usernames; and phone numbers that are not in the form of E.164, with what they would be and how many accounts would have that
number. The command changes nothing. The exit status is 1 if it lists anything.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return asUsageError(app.CheckNames(command.Context(), c.Common, region, c.log, command.OutOrStdout()))
		},
	}
	checkNames.Flags().StringVar(&region, "region", "", "two-letter country of phone numbers without a country code, such as CH")
	users := group("users", "Manage accounts", create, setRole, setPassword, checkNames)
	users.Long = `Manage accounts. "followgraph adopt link" links the accounts of an adopted database to their Cognito users.`
	return users
}

// asUsageError turns an error about an invalid value into a usage error.
func asUsageError(err error) error {
	if err != nil && apperr.CodeOf(err) == apperr.BadUserInput {
		return usageError{err}
	}
	return err
}
