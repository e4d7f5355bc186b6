package main

import (
	"github.com/spf13/cobra"

	"followgraph/internal/app"
)

func newPersisted() *cobra.Command {
	check := &cobra.Command{
		Use:   "check FILE|DIR...",
		Short: "Check manifests against this version's schema; exit status 1 if a document is bad",
		Long: `Check manifests against this version's schema: files, or directories with *.json in them. They may be of
@apollo/generate-persisted-query-manifest, relay-compiler or graphql-codegen's client preset. No database is needed.

Each bad document is a line on standard output.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(command *cobra.Command, paths []string) error {
			return app.CheckPersisted(paths, command.OutOrStdout())
		},
	}
	return group("persisted", "Look after persisted documents", check)
}
