package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"followgraph/internal/config"
	"followgraph/internal/sample"
	"followgraph/internal/store"
	"followgraph/internal/wording"
)

// Sample selects the graph to generate.
type Sample struct {
	Seed    uint64
	Users   int
	IfEmpty bool // do nothing if the database already has users
}

// MakeSample generates a graph and imports it. The same seed and number of users give the same graph.
func MakeSample(ctx context.Context, c config.Common, s Sample, log *slog.Logger, out, terminal io.Writer) error {
	graph, err := sample.Generate(s.Seed, s.Users)
	if err != nil {
		return err
	}
	return withStore(ctx, c, log, func(_ *database, opened *store.Store) error {
		if s.IfEmpty {
			empty, err := opened.Empty(ctx)
			if err != nil || !empty {
				return err
			}
		}
		display := newProgressDisplay(terminal)
		defer display.close()
		options := store.ImportOptions{Progress: storeProgress(display)}
		users, err := opened.ImportUsers(ctx, store.Rows(graph.Users), store.UserImportOptions{ImportOptions: options})
		if err != nil {
			return err
		}
		follows, err := opened.ImportFollows(ctx, store.Rows(graph.Follows), options)
		if err != nil {
			return err
		}
		display.close()
		fmt.Fprintf(out, "sample: %s and %s added\n", wording.Count(users.Added, "user"), wording.Count(follows.Added, "follow"))
		return nil
	})
}
