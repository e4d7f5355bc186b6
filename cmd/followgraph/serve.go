package main

import (
	"github.com/spf13/cobra"

	"followgraph/internal/app"
	"followgraph/internal/config"
)

func newServe(c *common) *cobra.Command {
	var serve config.Serve
	command := &cobra.Command{
		Use:   "serve",
		Short: "Answer GraphQL requests until told to stop",
		Long: `Answer GraphQL requests until told to stop (SIGINT, SIGTERM).

A database given by --database-url must have been migrated by "followgraph migrate up". The private
PostgreSQL in --data-dir is started and migrated here, and stopped at the end.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := serve.Validate(); err != nil {
				return usageError{err}
			}
			return app.Serve(command.Context(), c.Common, serve, c.log, command.OutOrStdout())
		},
	}
	serve.Flags(command.Flags())
	return command
}
