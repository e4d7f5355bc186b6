package cluster

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"followgraph/bench/dataset"
	"followgraph/bench/process"
	"followgraph/internal/localpg"
)

// Fill creates the database of a server and imports the dataset with the product's program, through a pipe.
func Fill(ctx context.Context, server *localpg.Server, o Options) (*Load, error) {
	fmt.Fprintf(o.Log, "loading %d users and %d follows\n", o.Dataset.Users, o.Dataset.Follows)
	if err := makeDatabase(ctx, server); err != nil {
		return nil, err
	}
	graph, err := dataset.Generate(o.Dataset)
	if err != nil {
		return nil, err
	}
	url := server.URL(Database)
	var l Load
	run := func(input func(io.Writer) error, want string, args ...string) (time.Duration, error) {
		var printed bytes.Buffer
		began := time.Now()
		args = append(args, "--database-url", url, "--log-level=warn")
		peak, err := process.Run(ctx, input, &printed, o.Followgraph, args...)
		if err != nil {
			return 0, fmt.Errorf("followgraph %s: %w", args[0], err)
		}
		if !bytes.Contains(printed.Bytes(), []byte(want)) {
			return 0, fmt.Errorf("followgraph %s printed %q, not %q", args[0], printed.Bytes(), want)
		}
		l.Peak = max(l.Peak, peak)
		return time.Since(began), nil
	}
	if _, err := run(nil, "applied", "migrate", "up"); err != nil {
		return nil, err
	}
	if l.Users, err = run(graph.WriteUsers, added(graph.Users), "import", "users", "-"); err != nil {
		return nil, err
	}
	if o.Packed {
		l.Follows, err = copyFollows(ctx, url, graph)
	} else {
		l.Follows, err = run(graph.WriteFollows, added(graph.Follows), "import", "edges", "-")
	}
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(o.Log, "loaded users in %.1f s, follows in %.1f s; the importer's memory was %d MiB at most\n",
		l.Users.Seconds(), l.Follows.Seconds(), l.Peak>>20)
	return &l, nil
}

// added returns the importer's message if it accepted every row.
func added(rows int) string {
	return fmt.Sprintf("%d rows: %d added, 0 already there, 0 rejected", rows, rows)
}

// makeDatabase creates an empty database. It replaces one that an interrupted load may have left.
func makeDatabase(ctx context.Context, server *localpg.Server) error {
	conn, err := pgx.Connect(ctx, server.URL(localpg.DatabaseName))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	for _, sql := range []string{"DROP DATABASE IF EXISTS " + Database, "CREATE DATABASE " + Database} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}
