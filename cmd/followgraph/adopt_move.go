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

// move runs one step of an adoption.
type move func(ctx context.Context, c config.Common, a app.AdoptMove, log *slog.Logger, out, terminal io.Writer) error

func newAdoptPrepare(c *common) *cobra.Command {
	return newAdoptMove(c, app.AdoptPrepare, new(app.AdoptMove), "prepare", "Copy the tables into this program's schema while the service runs",
		`Copy the tables into this program's schema while the service runs, and record later changes. The service's tables get
triggers that count follows and record changes; nothing else in them changes. The command can run again: it resumes after an
interruption and updates the copies.`)
}

func newAdoptSwitch(c *common) *cobra.Command {
	return newAdoptMove(c, app.AdoptSwitch, new(app.AdoptMove), "switch", "Replace the tables by the prepared copies, in less than a second",
		`Replace the tables by the prepared copies in one transaction, and record the history of migrations. The transaction blocks
readers and writers for less than a second. Afterwards both programs work with the tables. The command can run again.`)
}

func newAdoptUndo(c *common) *cobra.Command {
	return newAdoptMove(c, app.AdoptUndo, new(app.AdoptMove), "undo", "Restore the service's schema while the service runs",
		`Restore the service's schema while the service runs. This works until "adopt finish". The command keeps the ids in
cognito_id for the next adoption, and prints the data that the service does not see. First stop this program's servers, and
remove the models of "adopt alembic" from the service.`)
}

func newAdoptFinish(c *common) *cobra.Command {
	options := &app.AdoptMove{}
	command := newAdoptMove(c, app.AdoptFinish, options, "finish", "Complete the adoption after the service has stopped",
		`Complete the adoption: remove the triggers and everything that undo needs. First stop the service. The command fails while
another program writes.`)
	command.Flags().BoolVar(&options.Force, "force", false, "finish even if another program writes")
	command.Flags().DurationVar(&options.Sample, "sample", 10*time.Second, "how long to watch for writes of other programs")
	return command
}

func newAdoptMove(c *common, run move, options *app.AdoptMove, use, short, long string) *cobra.Command {
	command := &cobra.Command{
		Use: use, Short: short, Long: long, Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := options.Check(); err != nil {
				return usageError{err}
			}
			return run(command.Context(), c.Common, *options, c.log, command.OutOrStdout(), command.ErrOrStderr())
		},
	}
	command.Flags().DurationVar(&options.LockWait, "lock-wait", 10*time.Minute, "how long to retry a lock that other sessions hold")
	return command
}
