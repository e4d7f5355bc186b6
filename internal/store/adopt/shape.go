package adopt

import "slices"

// Names of the service's tables.
const (
	UsersTable   = "users"
	FollowsTable = "user_follows"
	StatsTable   = "user_follow_stats"
)

// Shape is what the catalog says of the service's tables and of what depends on them. It can be kept as JSON, and holds
// every definition that is needed to make the same objects again. Definitions name everything with its schema, whatever
// the connection's search_path is.
type Shape struct {
	Server     Server      `json:"server"`
	Role       Role        `json:"role"`
	Candidates []Candidate `json:"candidates"` // schemas that have any of the three tables, by name
	Schema     string      `json:"schema"`     // where the three tables are; empty where no schema has a users table, or several do and none is on the search_path
	Users      *Table      `json:"users"`      // nil where it does not exist
	Follows    *Table      `json:"follows"`
	Stats      *Table      `json:"stats"`
	RoleEnum   *Enum       `json:"role_enum"` // type of users.role; nil where it is no enum, nor a domain over one
	// Referencing are the foreign keys of all tables that reference one of the three, by schema, table and name.
	Referencing []ForeignKey `json:"referencing"`
	// Dependents are views, functions and the like that refer to the three tables, directly or through one another. Each
	// comes after all that it depends on: make them in this order, drop them in the reverse.
	Dependents []Dependent `json:"dependents"`
	Alembic    []Versions  `json:"alembic"` // Alembic's version tables, in every schema
	History    []Versions  `json:"history"` // Atlas's tables of revisions, in every schema
	// Adopting reports whether the schema of an adoption exists, which one that was undone leaves behind for its links.
	Adopting bool `json:"adopting"`
}

// Tables returns those of the three tables that exist, in the order in which they are locked.
func (s *Shape) Tables() []*Table {
	return slices.DeleteFunc([]*Table{s.Users, s.Follows, s.Stats}, func(t *Table) bool { return t == nil })
}

// adopted reports whether the tables have this program's form.
func (s *Shape) adopted() bool {
	return s.Users != nil && s.Users.Column("token_version") != nil && s.Stats != nil && s.Stats.Column("deleted_at") != nil
}

// Server is the database and its server.
type Server struct {
	VersionNum    int      `json:"version_num"` // for example 150004
	Version       string   `json:"version"`
	Database      string   `json:"database"`
	DatabaseOwner string   `json:"database_owner"`
	Encoding      string   `json:"encoding"`
	Collate       string   `json:"collate"`
	CType         string   `json:"ctype"`
	ICU           bool     `json:"icu"`            // the collation that searches need is there
	Recovery      bool     `json:"recovery"`       // a standby, which takes no writes
	ReadOnly      bool     `json:"read_only"`      // default_transaction_read_only
	SearchPath    string   `json:"search_path"`    // the setting
	CurrentSchema string   `json:"current_schema"` // where an unqualified CREATE TABLE makes its table; empty where nowhere
	Schemas       []string `json:"schemas"`        // the schemas of the search_path that exist, without implicit ones
}

// Role is the role that this program connects as.
type Role struct {
	Name      string `json:"name"`
	Superuser bool   `json:"superuser"`
	// CreateSchema reports whether the role may create schemas in the database.
	CreateSchema bool `json:"create_schema"`
	// Replica reports whether the role may set session_replication_role, so that triggers do not fire.
	Replica bool `json:"replica"`
}

// Candidate is a schema that has at least one of the three tables.
type Candidate struct {
	Schema string   `json:"schema"`
	Tables []string `json:"tables"` // which of the three, by name
	// Service reports whether users has the columns username and password_hash.
	Service bool `json:"service"`
	// Create reports whether the role may create objects in the schema.
	Create bool `json:"create"`
	// Position is that of the schema on the search_path, from 1; 0 where it is not on it.
	Position int `json:"position"`
}

// Versions is a table that holds the versions of a migration tool.
type Versions struct {
	OID      uint32   `json:"oid"`
	Schema   string   `json:"schema"`
	Table    string   `json:"table"`
	Readable bool     `json:"readable"` // whether the role may read it; Versions is empty where not
	Versions []string `json:"versions"` // by bytes
}

// Enum is an enum type.
type Enum struct {
	OID     uint32   `json:"oid"`
	Schema  string   `json:"schema"`
	Name    string   `json:"name"`
	Owner   string   `json:"owner"`
	IsOwner bool     `json:"is_owner"` // whether the role has the owner's rights
	ACL     []string `json:"acl"`      // nil: the default one
	Comment *string  `json:"comment"`
	Labels  []string `json:"labels"` // in their order
	Domain  *Domain  `json:"domain"` // the column's own type, where that is a domain over the enum
	// Columns are those of all tables and views whose type is the enum, as schema.table.column.
	Columns []string `json:"columns"`
}

// Domain is a domain over a type.
type Domain struct {
	Schema string `json:"schema"`
	Name   string `json:"name"`
}

// Sequence is one that a column owns or takes its default from.
type Sequence struct {
	OID       uint32   `json:"oid"`
	Schema    string   `json:"schema"`
	Name      string   `json:"name"`
	Column    string   `json:"column"`   // the column that uses it
	Owned     bool     `json:"owned"`    // OWNED BY the column, as a serial's
	Identity  bool     `json:"identity"` // of an identity column
	Owner     string   `json:"owner"`
	IsOwner   bool     `json:"is_owner"`
	ACL       []string `json:"acl"`
	Comment   *string  `json:"comment"`
	Type      string   `json:"type"`
	Start     int64    `json:"start"`
	Increment int64    `json:"increment"`
	Min       int64    `json:"min"`
	Max       int64    `json:"max"`
	Cache     int64    `json:"cache"`
	Cycle     bool     `json:"cycle"`
	// LastValue is nil where nextval was never called, or the role may not see it.
	LastValue *int64 `json:"last_value"`
	// Users are the columns of other tables that take their default from it, as schema.table.column.
	Users []string `json:"users"`
}
