package store

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"followgraph/internal/graphdump"
	"followgraph/internal/timestamp"
)

var (
	graphSnapshotSQL = statement("graph_snapshot", nil)
	graphSystemSQL   = statement("graph_system", nil)
	graphUsersSQL    = statement("graph_users", nil)
	graphCountsSQL   = statement("graph_counts", nil)
	graphCreationSQL = statement("graph_creation", nil)
	graphFollowsSQL  = map[graphdump.Section]string{
		graphdump.Followers: statement("graph_follows", followers),
		graphdump.Following: statement("graph_follows", following),
	}
	graphNamesSQL = map[graphdump.Section]string{
		graphdump.ByUsername: statement("graph_usernames", nil),
		graphdump.ByName:     statement("graph_names", newSearchData(form{})),
		graphdump.ByWord:     statement("graph_words", newSearchData(form{})),
	}
)

// GraphSnapshot reads the graph at one commit, in the order of a dump. It holds one connection and one row.
type GraphSnapshot struct{ tx pgx.Tx }

// snapshotName is the form of the name of an exported snapshot (PostgreSQL, ExportSnapshot).
var snapshotName = regexp.MustCompile(`^[0-9A-Fa-f]{1,16}(-[0-9A-Fa-f]{1,16}){1,3}$`)

// OpenGraphSnapshot begins to read a snapshot that another session of the same database has exported and still holds.
// Afterwards the snapshot stays until Close, even if the other session ends.
func (s *Store) OpenGraphSnapshot(ctx context.Context, name string) (_ *GraphSnapshot, err error) {
	if !snapshotName.MatchString(name) {
		return nil, errors.New("the name of the snapshot is malformed")
	}
	tx, err := s.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, classify(ctx, err)
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback(context.WithoutCancel(ctx))
		}
	}()
	if _, err := tx.Exec(ctx, "SET TRANSACTION SNAPSHOT '"+name+"'"); err != nil {
		if refused := (*pgconn.PgError)(nil); errors.As(err, &refused) {
			return nil, fmt.Errorf("the snapshot cannot be read in this database: %w", err)
		}
		return nil, classify(ctx, err)
	}
	if _, err := tx.Conn().PgConn().Exec(ctx, graphSnapshotSQL).ReadAll(); err != nil {
		return nil, classify(ctx, err)
	}
	return &GraphSnapshot{tx}, nil
}

// Close ends the transaction.
func (g *GraphSnapshot) Close(ctx context.Context) {
	_ = g.tx.Rollback(context.WithoutCancel(ctx)) // nothing was written
}

// System returns the system identifier of the cluster.
func (g *GraphSnapshot) System(ctx context.Context) (uint64, error) {
	var id int64
	err := g.tx.QueryRow(ctx, graphSystemSQL).Scan(&id)
	return uint64(id), classify(ctx, err)
}

// Users calls visit for each account, by Cognito id. An error of visit ends it, here and in the other methods.
func (g *GraphSnapshot) Users(ctx context.Context, visit func(*graphdump.User) error) error {
	return g.each(ctx, graphUsersSQL, func(r *row) error {
		u := graphdump.User{
			CognitoID: string(r.bytes()), ID: r.integer(), Username: string(r.bytes()), Firstname: r.text(), Lastname: r.text(), Avatar: r.text(),
			Role: string(r.bytes()), TokenVersion: r.integer(),
		}
		u.CreatedAt, _ = r.timestamp()
		updatedAt, _ := r.timestamp()
		u.ShownCreatedAt, u.ShownUpdatedAt = shownMicros(u.CreatedAt), shownMicros(updatedAt)
		if at, ok := r.timestamp(); ok {
			u.ShownCountsAt = new(shownMicros(at))
		}
		return visit(&u)
	})
}

func shownMicros(at timestamp.Timestamp) int64 { return at.Time().UnixMicro() }

// Counts calls visit for the time of each row of counts, by Cognito id.
func (g *GraphSnapshot) Counts(ctx context.Context, visit func(*graphdump.CountsTime) error) error {
	return g.each(ctx, graphCountsSQL, func(r *row) error {
		c := graphdump.CountsTime{CognitoID: string(r.bytes())}
		c.At, _ = r.timestamp()
		return visit(&c)
	})
}

// Follows calls visit for each follow, as an element of the lists of a section, with the owner of the list. The ids are
// valid until visit returns.
func (g *GraphSnapshot) Follows(ctx context.Context, of graphdump.Section, visit func(owner []byte, f *graphdump.Follow) error) error {
	var f graphdump.Follow
	return g.each(ctx, graphFollowsSQL[of], func(r *row) error {
		owner := r.bytes()
		f = graphdump.Follow{Other: r.bytes(), Found: true}
		f.At, _ = r.timestamp()
		f.ID = r.integer()
		return visit(owner, &f)
	})
}

// Places calls visit for each account, in the order of a section.
func (g *GraphSnapshot) Places(ctx context.Context, of graphdump.Section, visit func(*graphdump.Place) error) error {
	if of == graphdump.ByCreation {
		return g.each(ctx, graphCreationSQL, func(r *row) error {
			var p graphdump.Place
			p.At, _ = r.timestamp()
			p.ID, p.CognitoID = r.integer(), string(r.bytes())
			return visit(&p)
		})
	}
	return g.each(ctx, graphNamesSQL[of], func(r *row) error {
		return visit(&graphdump.Place{Text: string(r.bytes()), ID: r.integer(), CognitoID: string(r.bytes())})
	})
}

// each calls visit for each row of a statement.
func (g *GraphSnapshot) each(ctx context.Context, sql string, visit func(*row) error) error {
	rows, err := g.tx.Query(ctx, sql)
	if err != nil {
		return classify(ctx, err)
	}
	defer rows.Close()
	var r row
	for rows.Next() {
		r.values, r.at = rows.RawValues(), 0
		if err := visit(&r); err != nil {
			return err
		}
		if r.failed != nil {
			return r.failed
		}
	}
	return classify(ctx, rows.Err())
}
