package main

import (
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"followgraph/internal/app"
	"followgraph/internal/config"
	"followgraph/internal/version"
)

// common is the configuration of every subcommand, and the log.
type common struct {
	config.Common
	log *slog.Logger
}

func newRoot() *cobra.Command {
	var c common
	root := &cobra.Command{
		Use:   "followgraph",
		Short: "A GraphQL API over a follow graph, on PostgreSQL",
		Long: `A GraphQL API over a follow graph, on PostgreSQL.

Each flag has an environment variable, shown in brackets. Without --database-url, a command uses the private PostgreSQL in
--data-dir. If it is not running, the command starts it, and stops it at the end.

Exit status: 0 success; 1 failure, or a check found a problem; 2 the command line or the environment is
invalid; 130 interrupted.`,
		Version:       version.Get().String(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(command *cobra.Command, _ []string) error { return command.Help() },
		PersistentPreRunE: func(command *cobra.Command, _ []string) error {
			if err := config.Environment(command.Flags(), os.LookupEnv); err != nil {
				return usageError{err}
			}
			if err := c.Validate(); err != nil {
				return usageError{err}
			}
			c.log = app.NewLog(c.Log, command.ErrOrStderr())
			return nil
		},
	}
	c.Flags(root.PersistentFlags())
	root.AddCommand(newServe(&c), newHealth(), newMigrate(&c), newImport(&c), newSample(&c), newStats(&c), newGraph(&c), newUsers(&c), newAdopt(&c), newPersisted())
	root.SetFlagErrorFunc(func(command *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w (see %s --help)", err, command.CommandPath())}
	})
	describeFlags(root)
	return root
}

// describeFlags adds every flag's variable to its help, and turns a wrong number of arguments into a usage error.
func describeFlags(command *cobra.Command) {
	config.Describe(command.LocalNonPersistentFlags())
	config.Describe(command.PersistentFlags())
	check := command.Args
	command.Args = func(c *cobra.Command, args []string) error {
		if check == nil {
			check = cobra.ArbitraryArgs
		}
		if err := check(c, args); err != nil {
			return usageError{fmt.Errorf("%w (see %s --help)", err, c.CommandPath())}
		}
		return nil
	}
	for _, sub := range command.Commands() {
		describeFlags(sub)
	}
}

// group returns a command that only has subcommands.
func group(use, short string, members ...*cobra.Command) *cobra.Command {
	command := &cobra.Command{
		Use:   use,
		Short: short,
		Args:  cobra.NoArgs,
		RunE:  func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(members...)
	return command
}
