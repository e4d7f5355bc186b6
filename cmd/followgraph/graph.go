package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"followgraph/internal/app"
	"followgraph/internal/config"
)

// mostDifferences is the maximum of --max-differences.
const mostDifferences = 1_000_000

func newGraph(c *common) *cobra.Command {
	options := app.VerifyGraph{}
	verify := &cobra.Command{
		Use:   "verify",
		Short: "Compare the graph in memory with SQL at the same commit; exit status 1 if it differs",
		Long: `Compare the graph in memory with SQL at the same commit: every user, list, order, time and count. The graph is that of a
running server (--admin), or a fresh load of this command. The server goes on to answer meanwhile. The command prints each
difference and changes nothing. The exit status is 1 if there is any difference.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if options.MaxDifferences < 1 || options.MaxDifferences > mostDifferences {
				return usageError{fmt.Errorf("--max-differences must be between 1 and %d, not %d", mostDifferences, options.MaxDifferences)}
			}
			if err := errors.Join(config.CheckStreamURL(options.StreamURL), config.CheckStreamOf(options.StreamURL, c.Database)); err != nil {
				return usageError{err}
			}
			return options.Run(command.Context(), c.Common, c.log, command.OutOrStdout())
		},
	}
	flags := verify.Flags()
	flags.Var(&options.Admin, "admin", "the --admin-listen of a running server, such as http://127.0.0.1:9090; empty: load the graph and compare that")
	config.StreamURLFlag(flags, &options.StreamURL)
	flags.Int64Var(&options.MaxDifferences, "max-differences", 100, "maximum number of differences to print; all are counted")
	return group("graph", "Verify the graph in memory", verify)
}
