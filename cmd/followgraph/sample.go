package main

import (
	"github.com/spf13/cobra"

	"followgraph/internal/app"
	"followgraph/internal/sample"
)

func newSample(c *common) *cobra.Command {
	var options app.Sample
	command := &cobra.Command{
		Use:   "sample",
		Short: "Generate a realistic graph and import it",
		Long:  "Generate a realistic graph and import it. The same seed and number of users always give the same graph.",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return app.MakeSample(command.Context(), c.Common, options, c.log, command.OutOrStdout(), command.ErrOrStderr())
		},
	}
	flags := command.Flags()
	flags.Uint64Var(&options.Seed, "seed", 1, "seed of the generator")
	flags.IntVar(&options.Users, "users", sample.DefaultUsers, "number of users, 20 to 200000; each has about twelve follows")
	flags.BoolVar(&options.IfEmpty, "if-empty", false, "do nothing if the database already has users")
	return command
}
