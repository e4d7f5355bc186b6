package httpserver

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"
)

// The address, the media type and the headers of a dump of the graph in memory.
const (
	GraphDumpPath  = "/graph/dump"
	GraphDumpType  = "application/vnd.followgraph.graph-dump"
	PositionHeader = positionHeader
	SnapshotHeader = "Followgraph-Snapshot"
)

// GraphDump is the graph in memory at one commit, with a snapshot of the database at the same commit.
type GraphDump struct {
	Position string // of the commit
	Snapshot string // name of the snapshot, which other sessions can read until Close
	Write    func(context.Context, io.Writer) error
	Close    func()
}

// NoGraph is the reason why there is no graph in memory at the moment. Operators see it.
type NoGraph string

// Error returns the reason.
func (n NoGraph) Error() string { return string(n) }

const (
	// graphDumpWait is the time limit for taking a snapshot. PostgreSQL waits for all transactions of the cluster that
	// have written.
	graphDumpWait = 2 * time.Minute
	// graphDumpOpening is how long the snapshot stays after the end of a dump, unless the client leaves first. The client
	// opens the snapshot before it reads the dump, but the network holds a small dump whole.
	graphDumpOpening = 30 * time.Second
	// graphDumpPatience is how long the client of a dump may read nothing: PostgreSQL sorts all follows for it first.
	graphDumpPatience = 10 * time.Minute
)

// graphDumps answers with the graph in memory, for `followgraph graph verify`. One request runs at a time, because each
// holds a replication slot, a snapshot and a version of the graph.
type graphDumps struct {
	open func(context.Context) (*GraphDump, error)
	log  *slog.Logger
	turn chan struct{} // holds an element while a request runs
}

func newGraphDumps(open func(context.Context) (*GraphDump, error), log *slog.Logger) *graphDumps {
	return &graphDumps{open: open, log: log, turn: make(chan struct{}, 1)}
}

func (g *graphDumps) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	select {
	case g.turn <- struct{}{}:
		defer func() { <-g.turn }()
	default:
		w.Header().Set("Retry-After", "10")
		writeText(w, http.StatusTooManyRequests, "another verification of the graph runs: try again when it has ended\n")
		return
	}
	ctx := r.Context()
	dump, err := g.begin(ctx)
	if reason, ok := errors.AsType[NoGraph](err); ok {
		writeText(w, http.StatusServiceUnavailable, reason.Error()+"\n")
		return
	}
	if err != nil {
		g.log.ErrorContext(ctx, "no dump of the graph", "error", err)
		writeText(w, http.StatusInternalServerError, "there is no dump of the graph: the log says why\n")
		return
	}
	defer dump.Close()
	header := w.Header()
	header.Set("Connection", "close")
	header.Set("Content-Type", GraphDumpType)
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set(PositionHeader, dump.Position)
	header.Set(SnapshotHeader, dump.Snapshot)
	to := &dumpWriter{to: w, control: http.NewResponseController(w), conn: connectionOf(ctx)}
	err = to.flush() // with the headers, so that the client can open the snapshot
	if err == nil {
		err = dump.Write(ctx, to)
	}
	if err == nil {
		err = to.flush()
	}
	if err != nil {
		g.log.WarnContext(ctx, "a dump of the graph was cut off", "error", err)
		panic(http.ErrAbortHandler) // the client sees that the end is missing
	}
	late := time.NewTimer(graphDumpOpening)
	defer late.Stop()
	select {
	case <-ctx.Done():
	case <-late.C:
	}
}

func (g *graphDumps) begin(ctx context.Context) (*GraphDump, error) {
	ctx, cancel := context.WithTimeout(ctx, graphDumpWait)
	defer cancel()
	dump, err := g.open(ctx)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil, NoGraph("PostgreSQL gave no snapshot within " + graphDumpWait.String() + ": a transaction that has written has been open for that long")
	}
	return dump, err
}

// dumpWriter writes to a client that may read slowly, but not without end.
type dumpWriter struct {
	to      http.ResponseWriter
	control *http.ResponseController
	conn    *boundedConn // nil if connections have no limit
}

func (d *dumpWriter) Write(p []byte) (int, error) {
	if err := d.control.SetWriteDeadline(time.Now().Add(graphDumpPatience)); err != nil {
		return 0, err
	}
	n, err := d.to.Write(p)
	d.conn.sent()
	return n, err
}

func (d *dumpWriter) flush() error {
	if err := d.control.SetWriteDeadline(time.Now().Add(graphDumpPatience)); err != nil {
		return err
	}
	err := d.control.Flush()
	d.conn.sent()
	return err
}
