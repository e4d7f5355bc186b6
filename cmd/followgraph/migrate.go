package main

import (
	"github.com/spf13/cobra"

	"followgraph/internal/app"
)

func newMigrate(c *common) *cobra.Command {
	var options app.MigrateOptions
	up := &cobra.Command{
		Use:   "up",
		Short: "Apply pending migrations",
		Long: `Apply pending migrations. The command does not change a database of the Python service: use "followgraph adopt" to adopt
it while the service runs, or --offline to adopt it in one step while the service is stopped.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return app.MigrateUp(command.Context(), c.Common, options, c.log, command.OutOrStdout(), command.ErrOrStderr())
		},
	}
	up.Flags().StringVar(&options.Baseline, "baseline", "",
		"current version of a database without a history of migrations")
	up.Flags().BoolVar(&options.Offline, "offline", false,
		"adopt a database of the Python service; stop the service and all other programs that use the tables first")
	status := &cobra.Command{
		Use:   "status",
		Short: "List applied and pending migrations",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return app.MigrateStatus(command.Context(), c.Common, c.log, command.OutOrStdout())
		},
	}
	return group("migrate", "Migrate the database to this program's schema", up, status)
}
