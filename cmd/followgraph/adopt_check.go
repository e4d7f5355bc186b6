package main

import (
	"github.com/spf13/cobra"

	"followgraph/internal/app"
)

func newAdoptCheck(c *common) *cobra.Command {
	var options app.AdoptCheckOptions
	check := &cobra.Command{
		Use:   "check",
		Short: "Tell what blocks an adoption and what it repairs; exit status 1 while anything blocks",
		Long: `Print what the database is and how large, what blocks its adoption, with the SQL that cures it, and what the
adoption repairs. Changes nothing, and reads in short transactions. The exit status is 1 while anything blocks.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := options.Check(); err != nil {
				return usageError{err}
			}
			return app.AdoptCheck(command.Context(), c.Common, options, c.log, command.OutOrStdout())
		},
	}
	check.Flags().StringVar(&options.Region, "region", "",
		"country of phone numbers without a country code, by its two letters, such as CH")
	check.Flags().BoolVar(&options.JSON, "json", false, "print the report as JSON")
	return check
}
