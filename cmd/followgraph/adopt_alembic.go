package main

import (
	"github.com/spf13/cobra"

	"followgraph/internal/app"
)

func newAdoptAlembic(c *common) *cobra.Command {
	var targets app.AlembicTargets
	command := &cobra.Command{
		Use:   "alembic",
		Short: "Print the revision and the models that make `alembic check` silent after the switch",
		Long: `Print what the Alembic project of the Python service needs after ` + "`adopt switch`" + `: a revision that changes nothing, the
SQLAlchemy models of the three tables as they are, and lines for env.py. Reads the catalog and changes nothing.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return app.AdoptAlembic(command.Context(), c.Common, targets, c.log, command.OutOrStdout())
		},
	}
	flags := command.Flags()
	flags.StringVar(&targets.Directory, "directory", "", "directory to write all texts to, as files; made when missing")
	flags.StringVar(&targets.Revision, "revision-file", "", "file to write the revision to")
	flags.StringVar(&targets.Models, "models-file", "", "file to write the models to")
	return command
}
