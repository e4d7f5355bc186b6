package main

import (
	"github.com/spf13/cobra"

	"followgraph/internal/app"
)

func newAdoptLink(c *common) *cobra.Command {
	var options app.AdoptLink
	command := &cobra.Command{
		Use:   "link [FILE|-]...",
		Short: "Assign Cognito ids to accounts, so that follows find them",
		Long: `Assign Cognito ids to accounts. Follows refer to accounts by these ids.

FILE is one of these, plain or compressed with gzip, zstd, bzip2 or xz:
  - the output of "aws cognito-idp list-users --user-pool-id POOL --output json"
  - a CSV export of the AWS console with the column sub
  - a CSV mapping with the column cognito_id and one of username, phone_number, email or id (users.id)

An account matches a pool user by one of these rules: the id of a mapping; the username, first exact and then
case-insensitive; the phone number; the verified email address; the column of --column. The command links the two if a rule
matches and no rule matches either of them with another one. It does not link UNCONFIRMED pool users, but links disabled ones.

A linked account stays linked. The command can run again, also while servers run. It moves follows and counts along, and
merges an account that the Cognito user has created in the meantime.`,
		RunE: func(command *cobra.Command, args []string) error {
			options.Sources = args
			if err := options.Check(); err != nil {
				return usageError{err}
			}
			return app.LinkAccounts(command.Context(), c.Common, options, c.log, command.OutOrStdout(), command.ErrOrStderr())
		},
	}
	flags := command.Flags()
	flags.StringVar(&options.Region, "region", "", "two-letter country of phone numbers without a country code, such as CH")
	flags.StringVar(&options.Column, "column", "", "column of the table users that holds Cognito ids; with FILE, only ids of its pool users count")
	flags.BoolVar(&options.IDs, "ids", false, "follows refer to users.id: use each account's number as its id")
	flags.BoolVar(&options.Unmarked, "unmarked", false, "also link accounts whose id is neither in the pool nor marked as generated")
	flags.BoolVar(&options.TrustUsernames, "trust-usernames", false, "link by username even if the phone number or email address differs")
	flags.BoolVar(&options.EndPasswords, "end-passwords", false, "disable the old passwords of linked accounts")
	flags.BoolVar(&options.Partial, "partial", false, "link even if pages of the pool are missing")
	flags.BoolVar(&options.DryRun, "dry-run", false, "change nothing, and print what the command would do")
	flags.StringVar(&options.Report, "report", "", "CSV file for what is not linked: account_id,pool_user,reason")
	flags.StringVar(&options.Linked, "linked", "", "CSV file for what is linked: account_id,pool_user,rule")
	return command
}
