package app

import (
	"context"
	"errors"
	"sync/atomic"

	"followgraph/internal/changes"
	"followgraph/internal/commit"
	"followgraph/internal/httpserver"
	"followgraph/internal/resident"
)

// capturer is a graph in memory that follows the database.
type capturer interface {
	// Capture returns the version exactly at the position that take returns.
	Capture(ctx context.Context, take func(context.Context) (commit.Position, error)) (*resident.Version, error)
}

// graphDumps opens dumps of the graph in memory of this server, for `graph verify`. The listener for operators opens
// before the database does.
type graphDumps struct{ graph atomic.Pointer[servedGraph] }

// servedGraph is the graph of a running server.
type servedGraph struct {
	url    string   // of the database
	memory capturer // nil with --graph=sql
}

// begin sets the graph.
func (g *graphDumps) begin(url string, memory capturer) { g.graph.Store(&servedGraph{url, memory}) }

// open takes a snapshot of the database and the version of the graph at its position.
func (g *graphDumps) open(ctx context.Context) (*httpserver.GraphDump, error) {
	graph := g.graph.Load()
	switch {
	case graph == nil:
		return nil, httpserver.NoGraph(errStarting.Error())
	case graph.memory == nil:
		return nil, httpserver.NoGraph("there is no graph in memory to verify: with --graph=sql the server answers from SQL alone")
	}
	return graph.dump(ctx)
}

func (g *servedGraph) dump(ctx context.Context) (_ *httpserver.GraphDump, err error) {
	var stream *changes.Stream
	closeStream := func() {
		if stream != nil {
			_ = stream.Close(context.WithoutCancel(ctx)) // a connection that was only read
		}
	}
	version, err := g.memory.Capture(ctx, func(ctx context.Context) (_ commit.Position, err error) {
		if stream, err = changes.Open(ctx, changes.Options{URL: g.url}); err != nil {
			return commit.Position{}, err
		}
		return stream.Position(), nil
	})
	if err != nil {
		closeStream()
		if missing := (*changes.MissingError)(nil); errors.As(err, &missing) {
			return nil, httpserver.NoGraph(missing.Error())
		}
		return nil, err
	}
	return &httpserver.GraphDump{
		Position: stream.Position().String(), Snapshot: stream.Snapshot(), Write: version.Dump, Close: closeStream,
	}, nil
}
