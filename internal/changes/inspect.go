package changes

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/store/connection"
)

// state is what a stream needs to know about a database.
type state struct {
	server      serverState
	tables      map[string]*tableState // those that exist
	publication *publicationState      // nil if there is none
	source      *Source                // nil if the stream is read at the address of the database
}

type serverState struct {
	Version          int
	IsStandby        bool
	WALLevel         string
	Slots, UsedSlots int
	Senders          int
	UsedSenders      int
	Role, Database   string
	System           uint64 // system identifier of the cluster
	DatabaseOID      uint32
	Feedback         bool // hot_standby_feedback
	MayReplicate     bool
	Provider         string
}

type tableState struct {
	Name, Schema string
	OID          uint32
	Identity     string // pg_class.relreplident
	HasKey       bool   // a primary key of the column that identifies a row
	IsTable      bool
	MayRead      bool
	Columns      map[string]columnState
	Published    []string // columns, nil if the table is not in the publication
	Filter       bool     // the publication leaves rows out
}

type columnState struct {
	Type     uint32 // its oid
	TypeName string
	IsEnum   bool
	NotNull  bool
}

type publicationState struct {
	AllTables, Insert, Update, Delete, Truncate bool

	IsShared bool // it lists other tables, too, such as those of another Followgraph in another schema
}

const serverSQL = `SELECT current_setting('server_version_num')::integer, pg_is_in_recovery(), current_setting('wal_level'),
	current_setting('max_replication_slots')::integer, (SELECT count(*) FROM pg_replication_slots)::integer,
	current_setting('max_wal_senders')::integer, (SELECT count(*) FROM pg_stat_replication)::integer,
	session_user::text, current_database()::text, (SELECT system_identifier FROM pg_control_system()),
	(SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()), current_setting('hot_standby_feedback')::boolean,
	coalesce((SELECT r.rolsuper OR r.rolreplication FROM pg_roles AS r WHERE r.rolname = session_user), false)
		OR EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname IN ('rds_replication', 'rds_superuser') AND pg_has_role(session_user, r.oid, 'MEMBER')),
	coalesce((SELECT CASE min(r.rolname) WHEN 'rds_superuser' THEN 'aws' WHEN 'cloudsqlsuperuser' THEN 'google' ELSE 'azure' END
		FROM pg_roles AS r WHERE r.rolname IN ('rds_superuser', 'cloudsqlsuperuser', 'azure_pg_admin') HAVING count(*) > 0), '')`

const tablesSQL = `SELECT c.relname::text, n.nspname::text, c.oid, c.relreplident::text,
	EXISTS (SELECT FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
		WHERE i.indrelid = c.oid AND i.indisprimary AND i.indnkeyatts = 1 AND a.attname = CASE c.relname WHEN 'user_follow_stats' THEN 'user_id' ELSE 'id' END),
	c.relkind = 'r' AND c.relpersistence = 'p', has_table_privilege(c.oid, 'SELECT') AND NOT row_security_active(c.oid)
FROM unnest($1::text[]) AS wanted (name) JOIN pg_class AS c ON c.oid = to_regclass(wanted.name) JOIN pg_namespace AS n ON n.oid = c.relnamespace`

const columnsSQL = `SELECT c.relname::text, a.attname::text, a.atttypid, format_type(a.atttypid, a.atttypmod), t.typtype = 'e', a.attnotnull
FROM unnest($1::text[]) AS wanted (name) JOIN pg_class AS c ON c.oid = to_regclass(wanted.name)
	JOIN pg_attribute AS a ON a.attrelid = c.oid JOIN pg_type AS t ON t.oid = a.atttypid
WHERE a.attnum > 0 AND NOT a.attisdropped`

// publicationSQL counts only tables that are listed one by one, because no others can be added or dropped one by one.
const publicationSQL = `SELECT p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate,
	EXISTS (SELECT FROM pg_publication_rel AS r WHERE r.prpubid = p.oid AND r.prrelid <> ALL ($2::oid[]))
		AND NOT EXISTS (SELECT FROM pg_publication_namespace AS n WHERE n.pnpubid = p.oid)
FROM pg_publication AS p WHERE p.pubname = $1`

const publishedSQL = `SELECT schemaname::text, tablename::text, attnames::text[], rowfilter IS NOT NULL FROM pg_publication_tables WHERE pubname = $1`

// inspectLimit is the time limit for reading the state of a database.
const inspectLimit = 10 * time.Second

// inspect reads the state of a database. It changes nothing.
func inspect(ctx context.Context, opts Options) (*state, error) {
	ctx, cancel := context.WithTimeout(ctx, inspectLimit)
	defer cancel()
	source, err := opts.source(ctx)
	if err != nil {
		return nil, err
	}
	conn, err := connection.Connect(ctx, opts.URL)
	if err != nil {
		return nil, fmt.Errorf("look for what a stream of commits needs: %w", err)
	}
	defer closeSoon(ctx, conn.PgConn())
	s := &state{tables: map[string]*tableState{}, source: source}
	if err := s.read(ctx, conn); err != nil {
		return nil, fmt.Errorf("look for what a stream of commits needs: %w", err)
	}
	return s, nil
}

func (s *state) read(ctx context.Context, conn *pgx.Conn) error {
	v := &s.server
	var system int64
	err := conn.QueryRow(ctx, serverSQL).Scan(&v.Version, &v.IsStandby, &v.WALLevel, &v.Slots, &v.UsedSlots, &v.Senders, &v.UsedSenders,
		&v.Role, &v.Database, &system, &v.DatabaseOID, &v.Feedback, &v.MayReplicate, &v.Provider)
	v.System = uint64(system)
	if err != nil || v.Version < oldestVersion {
		return err
	}
	names := []string{TableUsers, TableFollows, TableStats}
	rows, err := conn.Query(ctx, tablesSQL, names)
	if err != nil {
		return err
	}
	var t tableState
	var oids []uint32
	_, err = pgx.ForEachRow(rows, []any{&t.Name, &t.Schema, &t.OID, &t.Identity, &t.HasKey, &t.IsTable, &t.MayRead}, func() error {
		found := t
		found.Columns = map[string]columnState{}
		s.tables[t.Name] = &found
		oids = append(oids, t.OID)
		return nil
	})
	if err != nil {
		return err
	}
	if rows, err = conn.Query(ctx, columnsSQL, names); err != nil {
		return err
	}
	var table, column string
	var c columnState
	_, err = pgx.ForEachRow(rows, []any{&table, &column, &c.Type, &c.TypeName, &c.IsEnum, &c.NotNull}, func() error {
		if t := s.tables[table]; t != nil {
			t.Columns[column] = c
		}
		return nil
	})
	if err != nil {
		return err
	}
	var p publicationState
	rows, err = conn.Query(ctx, publicationSQL, Publication, oids)
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, []any{&p.AllTables, &p.Insert, &p.Update, &p.Delete, &p.Truncate, &p.IsShared}, func() error {
		s.publication = &p
		return nil
	})
	if err != nil {
		return err
	}
	if rows, err = conn.Query(ctx, publishedSQL, Publication); err != nil {
		return err
	}
	var schema, name string
	var published []string
	var filter bool
	_, err = pgx.ForEachRow(rows, []any{&schema, &name, &published, &filter}, func() error {
		if t := s.tables[name]; t != nil && t.Schema == schema {
			t.Published, t.Filter = published, filter
		}
		published = nil
		return nil
	})
	return err
}

// places returns where the tables stand.
func (s *state) places() map[string]place {
	places := map[string]place{}
	for name, t := range s.tables {
		places[name] = place{t.Schema, t.OID}
	}
	return places
}

// Check reports whether the tables are still those that the stream reads, and still published. The stream itself does
// not show it if a table is replaced, or taken out of the publication: it goes on without that table's changes. Call
// Check now and then, and open another stream after an error. It uses a connection of its own for a few milliseconds.
func (s *Stream) Check(ctx context.Context) error {
	now, err := inspect(ctx, Options{URL: s.opts.URL})
	if err != nil {
		return err
	}
	if problems := now.tableProblems(); len(problems) > 0 {
		return &MissingError{problems}
	}
	for name, at := range now.places() {
		if at != s.tables[name] {
			return schemaError("the table %s was replaced", name)
		}
	}
	return nil
}
