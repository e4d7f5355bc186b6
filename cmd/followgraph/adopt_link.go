package main

import (
	"github.com/spf13/cobra"

	"followgraph/internal/app"
)

func newAdoptLink(c *common) *cobra.Command {
	var options app.AdoptLink
	command := &cobra.Command{
		Use:   "link [FILE|-]...",
		Short: "Give accounts the ids of their Cognito users, by which follows name them",
		Long: `Give accounts the ids of their Cognito users, by which follows name them.

FILE is what "aws cognito-idp list-users --user-pool-id POOL --output json" prints, a CSV export of the AWS console with the
column sub, or a CSV mapping with the column cognito_id and username, phone_number, email or id (users.id); plain, or as gzip, zstd, bzip2 or xz.

An account belongs to a pool user by a mapping's id; by username, exact first, then whatever the case; by phone number; by
verified email address; by the column of --column. It is linked where a rule matches and no rule matches either of the two
with another one. UNCONFIRMED pool users are not linked; disabled ones are. What is
linked stays linked, so the command may run again, also beside servers that run. Follows, counts and an account that the
Cognito user has made meanwhile move along.`,
		RunE: func(command *cobra.Command, args []string) error {
			options.Sources = args
			if err := options.Check(); err != nil {
				return usageError{err}
			}
			return app.LinkAccounts(command.Context(), c.Common, options, c.log, command.OutOrStdout(), command.ErrOrStderr())
		},
	}
	flags := command.Flags()
	flags.StringVar(&options.Region, "region", "", "country of phone numbers without a country code, as in CH")
	flags.StringVar(&options.Column, "column", "", "column of the table users that holds Cognito ids; with FILE, of pool users in it")
	flags.BoolVar(&options.IDs, "ids", false, "follows name users.id: each account gets its number as its id")
	flags.BoolVar(&options.Unmarked, "unmarked", false, "also link accounts whose id is not in the pool and not marked as made up")
	flags.BoolVar(&options.TrustUsernames, "trust-usernames", false, "link by username also where phone number or email address differ")
	flags.BoolVar(&options.EndPasswords, "end-passwords", false, "end the old passwords of the accounts that are linked")
	flags.BoolVar(&options.Partial, "partial", false, "link although pages of the pool are missing")
	flags.BoolVar(&options.DryRun, "dry-run", false, "change nothing, and tell what would be done")
	flags.StringVar(&options.Report, "report", "", "file that gets what is not linked, as CSV: account_id,pool_user,reason")
	flags.StringVar(&options.Linked, "linked", "", "file that gets what is linked, as CSV: account_id,pool_user,rule")
	return command
}
