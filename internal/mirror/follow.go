package mirror

import (
	"context"
	"errors"
	"time"

	"followgraph/internal/changes"
	"followgraph/internal/commit"
	"followgraph/internal/resident"
)

// checkEvery is how often the tables are compared with those that the stream reads. The stream itself does not show a
// table that was replaced.
const checkEvery = 10 * time.Second

// follow applies the stream to a graph until the stream ends. It serves the graph as soon as it has all commits that
// were visible when it began, and reports whether it has.
func (m *Mirror) follow(ctx context.Context, stream *changes.Stream, graph *resident.Graph) (served bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	m.cancel.Store(&cancel)
	if err := stream.Start(ctx); err != nil {
		return false, err
	}
	m.stream.Store(stream)
	defer m.stream.Store(nil)
	asked := time.Now()
	begin, err := m.position(ctx)
	if err != nil {
		return false, err
	}
	verify := verification{end: cancel}
	if stream.FromStandby() {
		verify.stream = stream
		if err := stream.Verify(ctx); err != nil { // the snapshot
			return false, err
		}
	}
	m.following.Store(graph)
	m.startHolding(ctx, graph.Version(), begin, asked, verify)
	m.soon()
	stopped := make(chan struct{})
	go func() { defer close(stopped); m.checkTables(ctx, stream) }()
	defer func() { cancel(nil); <-stopped }()
	var collected collector
	for {
		t, err := stream.Next(ctx)
		if err == nil {
			if m.opts.Live != nil {
				collected.begin(graph.Version())
			}
			err = graph.Apply(ctx, t, stream)
		}
		if err != nil {
			if cause := context.Cause(ctx); cause != nil {
				err = cause
			}
			return m.served.Load() != nil, err
		}
		m.counts.rows.Add(int64(len(t.Changes)))
		collected.add(t)
		if !t.More {
			h := heldVersion{version: graph.Version(), xid: t.XID, changes: len(t.Changes), commitAt: t.CommitAt}
			h.accounts, h.all = graph.ChangedAccounts()
			h.live = collected.end(h.version, t, h.accounts)
			m.captures.add(h.version)
			if err := m.hold(h); err != nil {
				return m.served.Load() != nil, err
			}
		}
		if taken := graph.Size().Total(); taken > m.opts.MaxMemory {
			return m.served.Load() != nil, m.tooLarge(taken)
		}
	}
}

func reached(v *resident.Version, at commit.Position) bool {
	order, ok := v.Position().Compare(at)
	return ok && order >= 0
}

// interrupt ends the stream with an error.
func (m *Mirror) interrupt(why error) {
	if cancel := m.cancel.Load(); cancel != nil {
		(*cancel)(why)
	}
}

// checkTables ends the stream when its tables are no longer those that it reads.
func (m *Mirror) checkTables(ctx context.Context, stream *changes.Stream) {
	tick := time.NewTicker(checkEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := stream.Check(ctx)
		_, schema := errors.AsType[*changes.SchemaError](err)
		if schema || changes.IsMissing(err) {
			m.interrupt(err)
			return
		}
	}
}
