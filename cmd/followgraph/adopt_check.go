package main

import (
	"github.com/spf13/cobra"

	"followgraph/internal/app"
)

func newAdoptCheck(c *common) *cobra.Command {
	var options app.AdoptCheckOptions
	check := &cobra.Command{
		Use:   "check",
		Short: "Report what blocks an adoption and what it repairs",
		Long: `Print the kind and size of the database, what blocks its adoption with the SQL that fixes it, and what the adoption
repairs. The command changes nothing and reads in short transactions. The exit status is 1 if anything blocks the adoption.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := options.Check(); err != nil {
				return usageError{err}
			}
			return app.AdoptCheck(command.Context(), c.Common, options, c.log, command.OutOrStdout())
		},
	}
	check.Flags().StringVar(&options.Region, "region", "",
		"two-letter country of phone numbers without a country code, such as CH")
	check.Flags().BoolVar(&options.JSON, "json", false, "print the report as JSON")
	return check
}
