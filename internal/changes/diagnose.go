package changes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// oldestVersion is the first version of PostgreSQL whose publications can name columns.
const oldestVersion = 150000

// Code names a problem, for tests and metrics.
type Code string

// The problems that keep a database from being streamed.
const (
	OldVersion     Code = "version"          // PostgreSQL before 15
	Standby        Code = "standby"          // a server in recovery that cannot be streamed
	Feedback       Code = "feedback"         // a standby without hot_standby_feedback
	WALLevel       Code = "wal_level"        // wal_level is not logical
	Privilege      Code = "privilege"        // the role may not replicate, or not read the tables
	NoSlot         Code = "slots"            // no replication slot is free
	NoSender       Code = "wal_senders"      // no WAL sender is free
	NoTable        Code = "tables"           // a table or a column is missing
	WrongColumn    Code = "columns"          // a column has another type, or may be null
	NoPublication  Code = "publication"      // there is no publication, or one with other content
	WrongIdentity  Code = "replica_identity" // updates and deletes do not tell the row
	Pooler         Code = "pooler"           // the address is a pooler's
	NoAccess       Code = "access"           // the server rejects replication connections
	OtherSource    Code = "source"           // --stream-url leads to another database than --database-url
	PrivateColumns Code = "private_columns"  // the publication has columns that must not leave the database
)

// ofTables reports whether a problem is one of tables or their publication, so that a replication connection can show
// others.
func (c Code) ofTables() bool {
	return c == NoTable || c == WrongColumn || c == NoPublication || c == WrongIdentity
}

// Problem is something that keeps a database from being streamed.
type Problem struct {
	Code Code
	What string // a sentence without its full stop
	Fix  string // the statement or the setting that mends it
}

func (p Problem) String() string { return p.What + ": " + p.Fix }

// MissingError is returned for a database that cannot be streamed.
type MissingError struct{ Problems []Problem }

func (e *MissingError) Error() string {
	texts := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		texts[i] = p.String()
	}
	return "the commits of the database cannot be streamed: " + strings.Join(texts, "; ")
}

// IsMissing reports whether an error is a *MissingError.
func IsMissing(err error) bool {
	_, ok := errors.AsType[*MissingError](err)
	return ok
}

// Diagnose returns what keeps a database from being streamed; nothing if Open can succeed. It opens an ordinary
// connection and, if that shows no problem with replication, a replication connection. It changes nothing. The error is
// that of the ordinary connection.
func Diagnose(ctx context.Context, opts Options) ([]Problem, error) {
	state, err := inspect(ctx, opts)
	if err != nil {
		return nil, err
	}
	return state.diagnose(ctx, opts.URL)
}

// diagnose adds the problems that a replication connection shows to those of the state.
func (s *state) diagnose(ctx context.Context, url string) ([]Problem, error) {
	problems := s.problems()
	if slices.ContainsFunc(problems, func(p Problem) bool { return !p.Code.ofTables() }) {
		return problems, nil
	}
	ctx, cancel := context.WithTimeout(ctx, inspectLimit)
	defer cancel()
	conn, err := connectReplication(ctx, url)
	if err == nil {
		defer closeSoon(ctx, conn)
		_, err = identify(ctx, conn)
	}
	if err != nil {
		problem := s.connectionProblem(err)
		if problem == nil {
			return nil, err
		}
		problems = append(problems, *problem)
	}
	return problems, nil
}

// Providers of managed servers, by the roles that they create.
const (
	amazon = "aws"
	google = "google"
	azure  = "azure"
)

// problems returns what keeps the database from being streamed, as far as an ordinary connection shows it.
func (s *state) problems() []Problem {
	v := s.server
	if v.Version < oldestVersion {
		return []Problem{{OldVersion, fmt.Sprintf("PostgreSQL %d cannot publish some columns of a table without the others", v.Version/10000), "upgrade the server to PostgreSQL 15 or newer"}}
	}
	if problems := s.sourceProblems(); len(problems) > 0 {
		return problems
	}
	var problems []Problem
	senders, onPrimary := 1, ""
	if v.IsStandby {
		problems = s.standbyProblems()
		if slices.ContainsFunc(problems, func(p Problem) bool { return p.Code == Standby }) {
			return problems
		}
		senders, onPrimary = sendersOfStandby, "on the primary server, "
	}
	add := func(code Code, what, fix string) { problems = append(problems, Problem{code, what, fix}) }
	if v.WALLevel != "logical" {
		problems = append(problems, s.walLevel("wal_level", v.WALLevel, ""))
	}
	if !v.MayReplicate {
		fix := "ALTER ROLE " + quote(v.Role) + " REPLICATION"
		if v.Provider == amazon {
			fix = "GRANT rds_replication TO " + quote(v.Role)
		}
		add(Privilege, "the role "+v.Role+" may not replicate", onPrimary+fix)
	}
	if v.UsedSlots >= v.Slots {
		add(NoSlot, fmt.Sprintf("all %d replication slots are in use", v.Slots), s.raise("max_replication_slots", v.Slots))
	}
	switch {
	case v.UsedSenders >= v.Senders:
		add(NoSender, fmt.Sprintf("all %d WAL senders are in use", v.Senders), s.raise("max_wal_senders", v.Senders))
	case v.UsedSenders+senders > v.Senders:
		add(NoSender, fmt.Sprintf("%d of %d WAL senders are in use, and a stream from a standby needs %d", v.UsedSenders, v.Senders, senders), s.raise("max_wal_senders", v.Senders))
	}
	for _, p := range s.tableProblems() {
		add(p.Code, p.What, onPrimary+p.Fix)
	}
	return problems
}

// raise returns how to raise a setting that needs a restart.
func (s *state) raise(setting string, from int) string {
	to := from + 10
	switch s.server.Provider {
	case amazon:
		return fmt.Sprintf("set %s = %d in the parameter group and reboot the instance", setting, to)
	case google:
		return fmt.Sprintf("set the flag %s = %d of the instance, which restarts it", setting, to)
	case azure:
		return fmt.Sprintf("set the server parameter %s = %d and restart the server", setting, to)
	default:
		return fmt.Sprintf("run ALTER SYSTEM SET %s = %d and restart PostgreSQL", setting, to)
	}
}

// tableProblems returns what is wrong with the tables and their publication.
func (s *state) tableProblems() []Problem {
	var problems []Problem
	add := func(code Code, what, fix string) { problems = append(problems, Problem{code, what, fix}) }
	const migrate = "run followgraph migrate up"
	names := []string{TableUsers, TableFollows, TableStats}
	for _, name := range names {
		t := s.tables[name]
		switch {
		case t == nil:
			add(NoTable, "the table "+name+" is missing", migrate)
			continue
		case !t.IsTable:
			add(NoTable, name+" is not an ordinary table", "make it a table that is logged, without partitions")
			continue
		}
		for _, c := range columns[name] {
			if at, exists := t.Columns[c.name]; !exists {
				add(NoTable, "the column "+name+"."+c.name+" is missing", migrate)
			} else {
				problems = append(problems, t.columnProblems(c, at)...)
			}
		}
		if !t.MayRead {
			add(Privilege, "the role "+s.server.Role+" may not read all rows of "+name,
				"ALTER TABLE "+t.sql()+" OWNER TO "+quote(s.server.Role)+", or GRANT SELECT ON "+t.sql()+" TO "+quote(s.server.Role)+" and ALTER ROLE "+quote(s.server.Role)+" BYPASSRLS")
		}
		switch {
		case name == TableFollows && t.Identity != "f":
			add(WrongIdentity, "deletes of "+name+" do not show the whole row", "ALTER TABLE "+t.sql()+" REPLICA IDENTITY FULL")
		case name != TableFollows && (t.Identity != "d" || !t.HasKey):
			add(WrongIdentity, "deletes of "+name+" do not show its primary key", "ALTER TABLE "+t.sql()+" REPLICA IDENTITY DEFAULT")
		}
	}
	if len(problems) > 0 && slices.ContainsFunc(problems, func(p Problem) bool { return p.Code == NoTable }) {
		return problems // a publication cannot be made before they exist
	}
	schema := s.tables[TableUsers].Schema
	if s.publication == nil {
		add(NoPublication, "the publication "+Publication+" is missing",
			"CREATE PUBLICATION "+Publication+" FOR TABLE "+published(schema)+" (as the owner of the tables, with the right to create in the database: GRANT CREATE ON DATABASE "+
				quote(s.server.Database)+" TO "+quote(s.server.Role)+")")
		return problems
	}
	return append(problems, s.publicationProblems(schema)...)
}

func (t *tableState) sql() string { return quote(t.Schema) + "." + t.Name }

// columnProblems returns what keeps a column from being read. Rows of such a column can fail in the middle of a load.
func (t *tableState) columnProblems(wanted column, is columnState) []Problem {
	var problems []Problem
	what := "the column " + t.Name + "." + wanted.name
	alter := "ALTER TABLE " + t.sql() + " ALTER COLUMN " + wanted.name
	if !slices.Contains(wanted.types, is.Type) && (!wanted.isEnum || !is.IsEnum) {
		to := typeNames[wanted.types[0]]
		fix := alter + " TYPE " + to
		if strings.HasPrefix(is.TypeName, "timestamp") && to == typeNames[oidTimestamptz] {
			fix += " USING " + wanted.name + " AT TIME ZONE 'UTC'"
		}
		if t.Published != nil { // PostgreSQL does not change the type of a published column
			fix = "ALTER PUBLICATION " + Publication + " DROP TABLE " + t.sql() + "; " + fix +
				"; ALTER PUBLICATION " + Publication + " ADD TABLE " + publishedTable(t.Schema, t.Name)
		}
		problems = append(problems, Problem{WrongColumn, what + " has the type " + is.TypeName + ", and must have " + to, fix})
	}
	if !wanted.optional && !is.NotNull {
		problems = append(problems, Problem{WrongColumn, what + " may be null", alter + " SET NOT NULL"})
	}
	return problems
}

func (s *state) publicationProblems(schema string) []Problem {
	var problems []Problem
	add := func(code Code, what, fix string) { problems = append(problems, Problem{code, what, fix}) }
	p := s.publication
	if !p.Insert || !p.Update || !p.Delete || !p.Truncate {
		add(NoPublication, "the publication "+Publication+" leaves some kinds of changes out",
			"ALTER PUBLICATION "+Publication+" SET (publish = 'insert, update, delete, truncate')")
	}
	set := "ALTER PUBLICATION " + Publication + " SET TABLE " + published(schema)
	switch {
	case p.IsShared:
		set = s.setShared(schema)
	case p.AllTables:
		set = "DROP PUBLICATION " + Publication + "; CREATE PUBLICATION " + Publication + " FOR TABLE " + published(schema)
	}
	for _, name := range []string{TableUsers, TableFollows, TableStats} {
		t := s.tables[name]
		switch {
		case t.Published == nil:
			add(NoPublication, "the publication "+Publication+" lacks the table "+name, set)
			continue
		case t.Filter:
			add(NoPublication, "the publication "+Publication+" leaves rows of "+name+" out", set)
			continue
		}
		for _, c := range columns[name] {
			if !slices.Contains(t.Published, c.name) {
				add(NoPublication, "the publication "+Publication+" lacks the column "+name+"."+c.name, set)
			}
		}
		if name != TableUsers {
			continue
		}
		for _, published := range t.Published {
			if !slices.ContainsFunc(columns[name], func(c column) bool { return c.name == published }) {
				add(PrivateColumns, "the publication "+Publication+" contains the column "+name+"."+published+", which must not leave the database", set)
			}
		}
	}
	return problems
}

// setShared returns the statements that publish the tables without those that other programs have in the publication.
func (s *state) setShared(schema string) string {
	var out []string
	for _, name := range []string{TableUsers, TableFollows, TableStats} {
		if t := s.tables[name]; t.Published != nil {
			out = append(out, t.sql())
		}
	}
	add := "ALTER PUBLICATION " + Publication + " ADD TABLE " + published(schema)
	if len(out) == 0 {
		return add
	}
	return "ALTER PUBLICATION " + Publication + " DROP TABLE " + strings.Join(out, ", ") + "; " + add
}

// Codes of errors (PostgreSQL, Error Codes).
const (
	codePrivilege      = "42501"
	codeAuthorization  = "28000"
	codeTooMany        = "53300"
	codeProtocol       = "08P01"
	codeSyntax         = "42601"
	codeNotImplemented = "0A000"
)

// connectionProblem returns the problem that the error of a replication connection shows, or nil if it is another
// error, such as that of a server that just stopped.
func (s *state) connectionProblem(err error) *Problem {
	server, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return nil
	}
	switch server.Code {
	case codeProtocol, codeSyntax, codeNotImplemented:
		return &Problem{
			Pooler, "a pooler at this address does not pass replication on (" + server.Message + ")",
			"give --stream-url the address of PostgreSQL itself",
		}
	case codeTooMany:
		return &Problem{NoSender, "all WAL senders or connections are in use (" + server.Message + ")", s.raise("max_wal_senders", s.server.Senders)}
	case codePrivilege:
		return &Problem{Privilege, "the role " + s.server.Role + " may not replicate (" + server.Message + ")", "ALTER ROLE " + quote(s.server.Role) + " REPLICATION"}
	case codeAuthorization:
		return &Problem{
			NoAccess, "the server rejects replication connections (" + server.Message + ")",
			"add a line for the database " + s.server.Database + " and the role " + s.server.Role + " to pg_hba.conf, and reload PostgreSQL",
		}
	default:
		return nil
	}
}
