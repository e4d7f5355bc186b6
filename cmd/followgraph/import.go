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

The command detects and prints the format of the file: the delimiter (comma, tab, semicolon, pipe or blanks), line endings,
comments before the header, compression (gzip, zstd, bzip2, xz) and encoding (UTF-8, UTF-16, UTF-32). It rejects an ambiguous
file; --delimiter, --columns, --no-header and --comment then resolve the ambiguity. --dry-run shows how a file is read.`

func newImport(c *common) *cobra.Command {
	var edges, users app.Import
	edgesCommand := importCommand(c, &edges, app.ImportEdges, "edges FILE|-", "Import follows from a table", `Import follows from a table, such as CSV; - is standard input.

The header has the columns follower_id and following_id (Cognito ids), and optionally created_at (RFC 3339, or PostgreSQL's
format) or epoch_seconds. Other columns are ignored. A follow without a time starts now; later lines are newer. Existing
follows do not change, so an import can run twice, or again after an interruption.`+formatHelp)
	edgesCommand.Flags().BoolVar(&edges.CreateUsers, "create-users", false, "create accounts without a password for unknown ids")
	usersCommand := importCommand(c, &users, app.ImportUsers, "users FILE|-", "Import accounts from a table", `Import accounts from a table, such as CSV; - is standard input.

The header has the column cognito_id (or id), and optionally username, firstname, lastname, email, phone_number, avatar,
country, city, zipcode, role, and created_at (RFC 3339, or PostgreSQL's format) or epoch_seconds. Other columns are ignored.
A missing username or phone number is generated. Existing accounts do not change.`+formatHelp)
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
	flags.StringVar(&options.Rejects, "rejects", "", "CSV file for invalid rows with line number and cause")
	flags.Int64Var(&options.MaxRejects, "max-rejects", 0, "maximum number of invalid rows; with more, nothing is imported")
	flags.StringVar(&options.Format.Delimiter, "delimiter", "", "column delimiter: comma, tab, semicolon, pipe, space, or a character (default: detected)")
	flags.StringVar(&options.Format.Columns, "columns", "", "meaning of columns by number or name, such as follower=1,following=2 (default: the names in the header)")
	flags.BoolVar(&options.Format.NoHeader, "no-header", false, "the first line is a row; --columns gives the meaning of its columns")
	flags.StringVar(&options.Format.Comment, "comment", "", "prefix of comment lines, or none (default: # or %, if the file starts with such lines)")
	flags.BoolVar(&options.DryRun, "dry-run", false, "write nothing; print how the first rows are read and what an import would do")
	flags.BoolVar(&options.SkipVacuum, "skip-vacuum", false, "skip VACUUM (ANALYZE) after the import")
	return command
}
