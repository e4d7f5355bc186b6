package app

import (
	"context"
	"errors"
	"sync/atomic"

	"followgraph/internal/changes"
	"followgraph/internal/commit"
	"followgraph/internal/httpserver"
	"followgraph/internal/mirror"
)

// graphDumps opens dumps of the graph in memory of this server, for `graph verify`. The listener for operators opens
// before the database does.
type graphDumps struct{ graph atomic.Pointer[servedGraph] }

// servedGraph is the graph of a running server.
type servedGraph struct {
	stream changes.Options
	memory *mirror.Mirror // nil with --graph=sql
}

// begin sets the graph.
func (g *graphDumps) begin(stream changes.Options, memory *mirror.Mirror) {
	g.graph.Store(&servedGraph{stream, memory})
}

// open takes a snapshot of the database and the version of the graph at its position.
func (g *graphDumps) open(ctx context.Context) (*httpserver.GraphDump, error) {
	graph := g.graph.Load()
	switch {
	case graph == nil:
		return nil, httpserver.NoGraph(errStarting.Error())
	case graph.memory == nil:
		return nil, httpserver.NoGraph("there is no graph in memory to verify: with --graph=sql, SQL alone answers")
	}
	dump, err := graph.dump(ctx)
	switch {
	case errors.Is(err, mirror.ErrNotInMemory):
		return nil, httpserver.NoGraph("there is no graph in memory to verify, and SQL answers: " + whySQL[graph.memory.Status().Why])
	case errors.Is(err, mirror.ErrBusy) || errors.Is(err, mirror.ErrCaptureLost) || changes.IsMissing(err):
		return nil, httpserver.NoGraph(err.Error())
	}
	return dump, err
}

// whySQL explains the reasons for which there is no graph in memory.
var whySQL = map[mirror.Reason]string{
	mirror.Loading:    "the graph is being loaded; try again when the log has `graph loaded`",
	mirror.Impossible: "the database lacks what the stream of commits needs; the log says what",
	mirror.TooLarge:   "the graph is larger than its memory",
}

func (g *servedGraph) dump(ctx context.Context) (*httpserver.GraphDump, error) {
	var stream *changes.Stream
	closeStream := func() {
		if stream != nil {
			_ = stream.Close(context.WithoutCancel(ctx)) // a connection that was only read
		}
	}
	version, err := g.memory.Capture(ctx, func(ctx context.Context) (_ commit.Position, err error) {
		if stream, err = changes.Open(ctx, g.stream); err != nil {
			return commit.Position{}, err
		}
		return stream.Position(), nil
	})
	if err != nil {
		closeStream()
		return nil, err
	}
	return &httpserver.GraphDump{
		Position: stream.Position().String(), Snapshot: stream.Snapshot(), Write: version.Dump, Close: closeStream,
	}, nil
}
