package mirror

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
)

// silence is whether the database has stopped to answer, without an error of its connections. Reads by SQL would then
// take the slots of operations until their deadline, and leave none to those that memory answers.
type silence struct {
	now   atomic.Bool
	reads atomic.Pointer[sqlReads]
}

// sqlReads are the reads by SQL that run. cancel ends them.
type sqlReads struct {
	ctx    context.Context //nolint:containedctx // ended with the reads
	cancel context.CancelFunc
}

// begin begins or ends a silence. Begins and ends are not concurrent.
func (s *silence) begin(on bool) {
	if on == s.now.Load() && s.reads.Load() != nil {
		return
	}
	s.now.Store(on)
	reads := &sqlReads{}
	reads.ctx, reads.cancel = context.WithCancel(context.Background())
	if old := s.reads.Swap(reads); on && old != nil {
		old.cancel()
	}
}

var errSilent = apperr.New(apperr.Unavailable, "the database does not answer: try again later")

// isSilent reports whether an error of a question shows that the database does not answer. It does answer, and is only
// busy, if the stream has something meanwhile.
func (m *Mirror) isSilent(ctx context.Context, err error) bool {
	if err == nil || !errors.Is(ctx.Err(), context.DeadlineExceeded) || m.served.Load() == nil && len(m.replicas) == 0 {
		return false
	}
	stream := m.stream.Load()
	if m.opts.Stream.Source != nil { // the stream may come from another server
		return time.Since(time.Unix(0, m.answered.Load())) >= askTimeout
	}
	return stream == nil || stream.Quiet() >= askTimeout
}

// bySQL returns the source of one read by SQL, its context, and what returns its error.
func (m *Mirror) bySQL(ctx context.Context) (reader, context.Context, func(error) error) {
	reads := m.silence.reads.Load() // before now, so that a silence that begins here ends the read
	if m.silence.now.Load() {
		return unanswered{}, ctx, unchanged
	}
	read, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(reads.ctx, cancel)
	return m.opts.Store, read, func(err error) error {
		stop()
		ended := read.Err() != nil && ctx.Err() == nil
		cancel()
		switch {
		case err == nil:
			m.answered.Store(time.Now().UnixNano())
			return nil
		case ended:
			return errSilent
		case apperr.CodeOf(err) == apperr.Unavailable:
			// Whether the database is reachable, so that later operations do not try SQL first. The error alone does not
			// tell: PostgreSQL may have ended one connection.
			_, _ = m.position(ctx)
		}
		return err
	}
}

// unanswered is the source of reads that need SQL during a silence.
type unanswered struct{}

func (unanswered) Users(context.Context, []model.UserKey) ([]*model.User, error) {
	return nil, errSilent
}

func (unanswered) Pages(context.Context, []model.ConnectionKey) ([][]model.Edge, error) {
	return nil, errSilent
}

func (unanswered) UsersAndPages(
	context.Context, []model.UserKey, []model.ConnectionKey,
) ([]*model.User, [][]model.Edge, error) {
	return nil, nil, errSilent
}

func (unanswered) Totals(context.Context, []model.ConnectionKey) ([]*int, error) {
	return nil, errSilent
}

func (unanswered) Relations(context.Context, string, []string) ([]model.Relation, error) {
	return nil, errSilent
}

func (unanswered) FollowsBetween(context.Context, []*model.BetweenKey) ([][]model.Follow, error) {
	return nil, errSilent
}

func (unanswered) Adjacency(context.Context, *model.AdjacencyKey) (*model.Adjacency, error) {
	return nil, errSilent
}

func (unanswered) ShortestPath(context.Context, string, string) (model.Path, error) {
	return model.Path{}, errSilent
}

func (unanswered) Distances(context.Context, string, []string) ([]model.Distance, error) {
	return nil, errSilent
}

func (unanswered) Top(context.Context, []model.TopKey) ([]model.TopIDs, error) {
	return nil, errSilent
}

func (unanswered) GraphTotals(context.Context) (model.GraphTotals, error) {
	return model.GraphTotals{}, errSilent
}

func (unanswered) Suggestions(context.Context, string, int) ([]model.SuggestionRank, error) {
	return nil, errSilent
}

func unchanged(err error) error { return err }
