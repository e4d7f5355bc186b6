package adopt

import "slices"

// Names of the service's tables.
const (
	UsersTable   = "users"
	FollowsTable = "user_follows"
	StatsTable   = "user_follow_stats"
)

// Shape describes the service's tables and the objects that depend on them, as read from the catalog. It can be stored
// as JSON, and contains all definitions needed to recreate the objects. All names in definitions are schema-qualified.
type Shape struct {
	Server     Server      `json:"server"`
	Role       Role        `json:"role"`
	Candidates []Candidate `json:"candidates"` // schemas that have any of the three tables, by name
	// Schema is the schema of the three tables. It is empty if no schema has a users table, or if several have one and
	// none is on the search_path.
	Schema   string `json:"schema"`
	Users    *Table `json:"users"` // nil if it does not exist
	Follows  *Table `json:"follows"`
	Stats    *Table `json:"stats"`
	RoleEnum *Enum  `json:"role_enum"` // type of users.role; nil if it is neither an enum nor a domain over one
	// Referencing are the foreign keys of all tables that reference one of the three, by schema, table and name.
	Referencing []ForeignKey `json:"referencing"`
	// Dependents are views, functions and other objects that refer to the three tables, directly or through one another.
	// Each comes after the objects that it depends on: create them in this order, drop them in reverse.
	Dependents []Dependent `json:"dependents"`
	Alembic    []Versions  `json:"alembic"` // Alembic's version tables in all schemas
	History    []Versions  `json:"history"` // Atlas's tables of revisions in all schemas
	// Adopting reports whether the schema of an adoption exists. After an undo it remains, with the links.
	Adopting bool `json:"adopting"`
}

// Tables returns those of the three tables that exist, in lock order.
func (s *Shape) Tables() []*Table {
	return slices.DeleteFunc([]*Table{s.Users, s.Follows, s.Stats}, func(t *Table) bool { return t == nil })
}

// adopted reports whether the tables have the form of Followgraph.
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
	ICU           bool     `json:"icu"`            // the collation that searches need exists
	Recovery      bool     `json:"recovery"`       // a standby, which is read-only
	ReadOnly      bool     `json:"read_only"`      // default_transaction_read_only
	SearchPath    string   `json:"search_path"`    // the setting
	CurrentSchema string   `json:"current_schema"` // current_schema(); empty if it is null
	Schemas       []string `json:"schemas"`        // existing schemas of the search_path, without implicit ones
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
	// Position is the position of the schema on the search_path, from 1; 0 if it is not on it.
	Position int `json:"position"`
}

// Versions is a table that holds the versions of a migration tool.
type Versions struct {
	OID      uint32   `json:"oid"`
	Schema   string   `json:"schema"`
	Table    string   `json:"table"`
	Readable bool     `json:"readable"` // whether the role may read it; if not, Versions is empty
	Versions []string `json:"versions"` // in byte order
}

// Enum is an enum type.
type Enum struct {
	OID     uint32   `json:"oid"`
	Schema  string   `json:"schema"`
	Name    string   `json:"name"`
	Owner   string   `json:"owner"`
	IsOwner bool     `json:"is_owner"` // whether the role has the owner's privileges
	ACL     []string `json:"acl"`      // nil: the default
	Comment *string  `json:"comment"`
	Labels  []string `json:"labels"` // in their order
	Domain  *Domain  `json:"domain"` // the column's type if that is a domain over the enum
	// Columns are the columns of all tables and views with this type, as schema.table.column.
	Columns []string `json:"columns"`
}

// Domain is a domain over a type.
type Domain struct {
	Schema string `json:"schema"`
	Name   string `json:"name"`
}

// Sequence is a sequence that a column owns or uses in its default.
type Sequence struct {
	OID       uint32   `json:"oid"`
	Schema    string   `json:"schema"`
	Name      string   `json:"name"`
	Column    string   `json:"column"`   // the column that uses it
	Owned     bool     `json:"owned"`    // OWNED BY the column, as for a serial
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
	// LastValue is nil if nextval was never called or the role may not read it.
	LastValue *int64 `json:"last_value"`
	// Users are columns of other tables that use the sequence in their default, as schema.table.column.
	Users []string `json:"users"`
}
