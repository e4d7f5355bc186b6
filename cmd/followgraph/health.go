package main

import (
	"github.com/spf13/cobra"

	"followgraph/internal/app"
	"followgraph/internal/config"
)

func newHealth() *cobra.Command {
	var health config.Health
	command := &cobra.Command{
		Use:   "health",
		Short: "Ask a running server whether it is alive or ready; exit status 1 if not",
		Long: `Ask a running server whether it is alive, or with --ready whether it can answer requests, and print its answer. The exit
status is 1 if the server does not answer with status 200 in time. The command needs no database.

It is for the health checks of containers whose image has no shell. It reads the variables of "followgraph serve", so that
it finds the server of the same container. A server that was configured by flags needs the same flags here.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := health.Validate(); err != nil {
				return usageError{err}
			}
			return app.Health(command.Context(), health, command.OutOrStdout())
		},
	}
	health.Flags(command.Flags())
	return command
}
