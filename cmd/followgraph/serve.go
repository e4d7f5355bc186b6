package main

import (
	"errors"

	"github.com/spf13/cobra"

	"followgraph/internal/app"
	"followgraph/internal/config"
)

func newServe(c *common) *cobra.Command {
	var serve config.Serve
	command := &cobra.Command{
		Use:   "serve",
		Short: "Serve the GraphQL API",
		Long: `Serve the GraphQL API until SIGINT or SIGTERM.

Migrate a database of --database-url with "followgraph migrate up" first. The server itself starts and migrates the private
PostgreSQL in --data-dir, and stops it at the end.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := errors.Join(serve.Validate(), config.CheckStreamOf(serve.Graph.StreamURL, c.Database), config.CheckReplicasOf(serve.Replicas, c.Database)); err != nil {
				return usageError{err}
			}
			return app.Serve(command.Context(), c.Common, serve, c.log, command.OutOrStdout())
		},
	}
	serve.Flags(command.Flags())
	return command
}
