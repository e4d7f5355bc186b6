package main

import (
	"github.com/spf13/cobra"

	"followgraph/internal/app"
)

func newPersisted() *cobra.Command {
	check := &cobra.Command{
		Use:   "check FILE|DIR...",
		Short: "Validate manifests against this version's schema; exit status 1 if a document is invalid",
		Long: `Validate manifests against this version's schema. The arguments are files, or directories with *.json files, in the format
of @apollo/generate-persisted-query-manifest, relay-compiler or graphql-codegen's client preset. The command needs no database.

It prints a line for each invalid document to standard output.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(command *cobra.Command, paths []string) error {
			return app.CheckPersisted(paths, command.OutOrStdout())
		},
	}
	return group("persisted", "Manage persisted documents", check)
}
