package main

import (
	"github.com/spf13/cobra"

	"followgraph/internal/app"
)

func newMigrate(c *common) *cobra.Command {
	var baseline string
	up := &cobra.Command{
		Use:   "up",
		Short: "Apply the migrations that the database lacks",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return app.MigrateUp(command.Context(), c.Common, baseline, c.log, command.OutOrStdout())
		},
	}
	up.Flags().StringVar(&baseline, "baseline", "",
		"version at which a database without a history of migrations already stands")
	status := &cobra.Command{
		Use:   "status",
		Short: "Tell which migrations the database has and lacks",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return app.MigrateStatus(command.Context(), c.Common, c.log, command.OutOrStdout())
		},
	}
	return group("migrate", "Bring the database to this program's schema", up, status)
}
