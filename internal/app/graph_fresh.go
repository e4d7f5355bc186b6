package app

import (
	"context"
	"io"

	"followgraph/internal/changes"
	"followgraph/internal/resident"
)

// openFreshGraph returns a function that opens a snapshot of the database. The dump of it is that of the graph which a
// server would load.
func openFreshGraph(of changes.Options) func(context.Context) (*graphSource, error) {
	return func(ctx context.Context) (*graphSource, error) {
		stream, err := changes.Open(ctx, of)
		if err != nil {
			return nil, err
		}
		closeStream := func() { _ = stream.Close(context.WithoutCancel(ctx)) } // a connection that was only read
		return &graphSource{
			what: "a fresh load", position: stream.Position(), snapshot: stream.Snapshot(), close: closeStream,
			dump: func(ctx context.Context) (io.ReadCloser, error) {
				graph, err := resident.Load(ctx, stream)
				closeStream() // so that PostgreSQL can remove its log while the graph is compared
				if err != nil {
					return nil, err
				}
				reader, writer := io.Pipe()
				go func() { _ = writer.CloseWithError(graph.Version().Dump(ctx, writer)) }() // never fails
				return reader, nil
			},
		}, nil
	}
}
