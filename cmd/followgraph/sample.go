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
		Short: "Generate a believable graph and import it",
		Long:  "Generate a believable graph and import it: always the same one for the same seed and number of users.",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return app.MakeSample(command.Context(), c.Common, options, c.log, command.OutOrStdout(), command.ErrOrStderr())
		},
	}
	flags := command.Flags()
	flags.Uint64Var(&options.Seed, "seed", 1, "which graph: a number")
	flags.IntVar(&options.Users, "users", sample.DefaultUsers, "number of users, 20 to 200000; about twelve times as many follows")
	flags.BoolVar(&options.IfEmpty, "if-empty", false, "do nothing where the database has users already")
	return command
}
