package main

import (
	"github.com/spf13/cobra"

	"followgraph/internal/app"
)

func newAdoptAlembic(c *common) *cobra.Command {
	var targets app.AlembicTargets
	command := &cobra.Command{
		Use:   "alembic",
		Short: "Print the revision and models with which alembic check finds no difference after the switch",
		Long: `Print what the Alembic project of the Python service needs after "adopt switch": a revision that changes nothing, the
SQLAlchemy models of the three tables, and lines for env.py. The command only reads the catalog.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return app.AdoptAlembic(command.Context(), c.Common, targets, c.log, command.OutOrStdout())
		},
	}
	flags := command.Flags()
	flags.StringVar(&targets.Directory, "directory", "", "directory for all files; created if missing")
	flags.StringVar(&targets.Revision, "revision-file", "", "file for the revision")
	flags.StringVar(&targets.Models, "models-file", "", "file for the models")
	return command
}
