package main

import (
	"github.com/spf13/cobra"

	"followgraph/internal/app"
)

func newMigrate(c *common) *cobra.Command {
	var options app.MigrateOptions
	up := &cobra.Command{
		Use:   "up",
		Short: "Apply the migrations that the database lacks",
		Long: `Apply the migrations that the database lacks. A database of the Python service is left alone: "followgraph adopt" takes
it over while the service runs, and --offline in one go while it is stopped.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return app.MigrateUp(command.Context(), c.Common, options, c.log, command.OutOrStdout(), command.ErrOrStderr())
		},
	}
	up.Flags().StringVar(&options.Baseline, "baseline", "",
		"version at which a database without a history of migrations already stands")
	up.Flags().BoolVar(&options.Offline, "offline", false,
		"take over a database of the Python service, which is stopped together with all else that uses the tables")
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
