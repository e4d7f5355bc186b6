package main

import (
	"context"
	"io"
	"log/slog"

	"github.com/spf13/cobra"

	"followgraph/internal/app"
	"followgraph/internal/config"
)

type importFunc func(context.Context, config.Common, app.Import, *slog.Logger, io.Writer, io.Writer) error

const formatHelp = `

How the file is written is found out and said: what separates the columns (commas, tabs, semicolons, pipes or blanks), the
end of lines, comments before the header, gzip, zstd, bzip2 and xz, UTF-8, UTF-16 and UTF-32. What could be meant in two
ways is refused; --delimiter, --columns, --no-header and --comment then say it. --dry-run shows how a file is read.`

func newImport(c *common) *cobra.Command {
	var edges, users app.Import
	edgesCommand := importCommand(c, &edges, app.ImportEdges, "edges FILE|-", "Import follows from a table", `Import follows from a table, such as CSV; - is standard input.

The header names follower_id and following_id (Cognito ids) and optionally created_at (RFC 3339, or as PostgreSQL writes
times) or epoch_seconds; other columns are ignored. Without a time a follow begins now, later lines being newer. A follow
that is there already stays as it is, so an import may be run twice, or again after it was interrupted.`+formatHelp)
	edgesCommand.Flags().BoolVar(&edges.CreateUsers, "create-users", false, "make accounts, without a password, for ids that have none")
	usersCommand := importCommand(c, &users, app.ImportUsers, "users FILE|-", "Import accounts from a table", `Import accounts from a table, such as CSV; - is standard input.

The header names cognito_id (or id) and optionally username, firstname, lastname, email, phone_number, avatar, country,
city, zipcode, role, and created_at (RFC 3339, or as PostgreSQL writes times) or epoch_seconds; other columns are ignored. A
missing username or phone number is made up. An account that is there already stays as it is.`+formatHelp)
	return group("import", "Import a graph from tables, such as CSV", edgesCommand, usersCommand)
}

func importCommand(c *common, options *app.Import, run importFunc, use, short, long string) *cobra.Command {
	command := &cobra.Command{
		Use:   use,
		Short: short,
		Long:  long,
		Args:  cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			options.Source = args[0]
			return run(command.Context(), c.Common, *options, c.log, command.OutOrStdout(), command.ErrOrStderr())
		},
	}
	flags := command.Flags()
	flags.StringVar(&options.Rejects, "rejects", "", "file that gets the bad rows with line number and cause")
	flags.Int64Var(&options.MaxRejects, "max-rejects", 0, "bad rows to put up with; with more nothing at all is imported")
	flags.StringVar(&options.Format.Delimiter, "delimiter", "", "what separates columns: comma, tab, semicolon, pipe, space, or a character (default: found out)")
	flags.StringVar(&options.Format.Columns, "columns", "", "which columns hold what, by number or name, such as follower=1,following=2 (default: by the names in the header)")
	flags.BoolVar(&options.Format.NoHeader, "no-header", false, "the first line is a row; --columns says what is in it")
	flags.StringVar(&options.Format.Comment, "comment", "", "what comment lines begin with, or none (default: # or %, where such lines come first)")
	flags.BoolVar(&options.DryRun, "dry-run", false, "write nothing, and say what an import would do and how it reads the first rows")
	flags.BoolVar(&options.SkipVacuum, "skip-vacuum", false, "leave the tables to autovacuum at the end")
	return command
}
