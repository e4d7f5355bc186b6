package main

import (
	"github.com/spf13/cobra"

	"followgraph/internal/app"
)

func newStats(c *common) *cobra.Command {
	verify := &cobra.Command{
		Use:   "verify",
		Short: "Compare every count with the rows; exit status 1 if any differs",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return app.VerifyStats(command.Context(), c.Common, c.log, command.OutOrStdout())
		},
	}
	rebuild := &cobra.Command{
		Use:   "rebuild",
		Short: "Make every count equal the rows again; safe beside a running server",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return app.RebuildStats(command.Context(), c.Common, c.log, command.OutOrStdout(), command.ErrOrStderr())
		},
	}
	return group("stats", "Look after the follower counts", verify, rebuild)
}
