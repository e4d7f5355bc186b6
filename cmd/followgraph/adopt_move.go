package main

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"followgraph/internal/app"
	"followgraph/internal/config"
)

// move does what one of the commands that move a database says.
type move func(ctx context.Context, c config.Common, a app.AdoptMove, log *slog.Logger, out, terminal io.Writer) error

func newAdoptPrepare(c *common) *cobra.Command {
	return newAdoptMove(c, app.AdoptPrepare, new(app.AdoptMove), "prepare", "Copy the tables into this program's form, beside the service",
		`Copy the tables into this program's form, beside the service, and log what changes from then on. The tables of the
service get triggers, which count follows and log changes, and stay as they are otherwise. May be run again: it goes on where
it was interrupted, and brings the copies up to date.`)
}

func newAdoptSwitch(c *common) *cobra.Command {
	return newAdoptMove(c, app.AdoptSwitch, new(app.AdoptMove), "switch", "Put the prepared tables into place, in less than a second",
		`Put the prepared tables into place in one transaction, which holds readers and writers up for less than a second, and
record the history of migrations. Both programs work with the tables from then on. May be run again.`)
}

func newAdoptUndo(c *common) *cobra.Command {
	return newAdoptMove(c, app.AdoptUndo, new(app.AdoptMove), "undo", "Bring the tables back to the service's form, beside the service",
		`Bring the tables back to the form that they had, beside the service. Works until "adopt finish". Keeps the ids in
cognito_id for the next adoption, and prints what the service does not see. Stop this program's servers first, and take the
models of "adopt alembic" out of the service.`)
}

func newAdoptFinish(c *common) *cobra.Command {
	options := &app.AdoptMove{}
	command := newAdoptMove(c, app.AdoptFinish, options, "finish", "End the adoption once the service is off",
		`End the adoption: remove the triggers and all that undo needs. Stop the service first: the command refuses while another
program writes.`)
	command.Flags().BoolVar(&options.Force, "force", false, "finish although another program writes")
	command.Flags().DurationVar(&options.Sample, "sample", 10*time.Second, "how long to look whether another program writes")
	return command
}

func newAdoptMove(c *common, do move, options *app.AdoptMove, use, short, long string) *cobra.Command {
	command := &cobra.Command{
		Use: use, Short: short, Long: long, Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := options.Check(); err != nil {
				return usageError{err}
			}
			return do(command.Context(), c.Common, *options, c.log, command.OutOrStdout(), command.ErrOrStderr())
		},
	}
	command.Flags().DurationVar(&options.LockWait, "lock-wait", 10*time.Minute, "how long to try to get a lock that others hold")
	return command
}
