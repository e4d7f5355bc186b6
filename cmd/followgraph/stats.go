package main

import (
	"github.com/spf13/cobra"

	"followgraph/internal/app"
)

func newStats(c *common) *cobra.Command {
	verify := &cobra.Command{
		Use:   "verify",
		Short: "Compare every count with the stored follows; exit status 1 if any differs",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return app.VerifyStats(command.Context(), c.Common, c.log, command.OutOrStdout())
		},
	}
	rebuild := &cobra.Command{
		Use:   "rebuild",
		Short: "Recompute every count from the stored follows; safe while a server runs",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return app.RebuildStats(command.Context(), c.Common, c.log, command.OutOrStdout(), command.ErrOrStderr())
		},
	}
	return group("stats", "Verify and repair the follower counts", verify, rebuild)
}
