package adopt

import "slices"

// Table is one of the three tables.
type Table struct {
	OID          uint32   `json:"oid"`
	Schema       string   `json:"schema"`
	Name         string   `json:"name"`
	Kind         string   `json:"kind"`        // pg_class.relkind: r an ordinary table, p partitioned, v a view, f foreign
	Persistence  string   `json:"persistence"` // pg_class.relpersistence: p permanent, u unlogged
	Owner        string   `json:"owner"`
	IsOwner      bool     `json:"is_owner"` // whether the role has the owner's privileges
	Readable     bool     `json:"readable"` // whether the role may SELECT
	ACL          []string `json:"acl"`      // pg_class.relacl; nil: the default
	Comment      *string  `json:"comment"`
	Options      []string `json:"options"`       // pg_class.reloptions, as name=value
	ToastOptions []string `json:"toast_options"` // options of its TOAST table, without the prefix toast.
	Tablespace   string   `json:"tablespace"`    // empty: the database's default
	AccessMethod string   `json:"access_method"`
	RowSecurity  bool     `json:"row_security"`
	ForceRow     bool     `json:"force_row_security"`
	// ReplicaIdentity is pg_class.relreplident: d the primary key, n nothing, f all columns, i an index (Index.Replica).
	ReplicaIdentity string        `json:"replica_identity"`
	Parents         []string      `json:"parents"`  // tables that it inherits from or is a partition of, as schema.table
	Children        []string      `json:"children"` // the reverse
	Publications    []Publication `json:"publications"`
	Columns         []Column      `json:"columns"`     // by position
	Indexes         []Index       `json:"indexes"`     // by name, including those of constraints
	Constraints     []Constraint  `json:"constraints"` // by name
	Triggers        []Trigger     `json:"triggers"`    // by name, without internal ones
	Sequences       []Sequence    `json:"sequences"`   // by name
	Statistics      []Statistics  `json:"statistics"`  // extended statistics objects, by name
	Rows            int64         `json:"rows"`        // the planner's estimate from the last VACUUM or ANALYZE and the current size; -1 if there is none
	Bytes           int64         `json:"bytes"`       // with indexes and TOAST
	HeapBytes       int64         `json:"heap_bytes"`
}

// Column returns the column with that name, or nil.
func (t *Table) Column(name string) *Column {
	at := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
	if at == -1 {
		return nil
	}
	return &t.Columns[at]
}

// PrimaryKey returns the table's primary key, or nil.
func (t *Table) PrimaryKey() *Index {
	at := slices.IndexFunc(t.Indexes, func(i Index) bool { return i.Primary })
	if at == -1 {
		return nil
	}
	return &t.Indexes[at]
}

// Unique returns the valid unique indexes over exactly these columns, in any order, that cover all rows.
func (t *Table) Unique(columns ...string) []Index {
	var indexes []Index
	for _, index := range t.Indexes {
		keys := slices.Clone(index.Keys)
		slices.Sort(keys)
		wanted := slices.Clone(columns)
		slices.Sort(wanted)
		if index.Unique && index.Valid && index.Predicate == "" && !index.Expressions && !index.Deferrable && slices.Equal(keys, wanted) {
			indexes = append(indexes, index)
		}
	}
	return indexes
}

// Column is a column of a table.
type Column struct {
	Number      int      `json:"number"` // pg_attribute.attnum
	Name        string   `json:"name"`
	Type        string   `json:"type"` // format_type: character varying(50), integer, public.userrole
	TypeOID     uint32   `json:"type_oid"`
	Base        string   `json:"base"`      // the same without modifier and domains: character varying
	Length      int      `json:"length"`    // of character varying(n) and character(n); 0: none
	Collation   string   `json:"collation"` // as schema.name; empty: the type's default
	NotNull     bool     `json:"not_null"`
	Default     *string  `json:"default"` // the expression; for a generated column, the generation expression
	Identity    string   `json:"identity"`
	Generated   string   `json:"generated"` // pg_attribute.attgenerated: s stored, v virtual
	ACL         []string `json:"acl"`
	Comment     *string  `json:"comment"`
	Storage     string   `json:"storage"`
	Compression string   `json:"compression"`
	Statistics  *int     `json:"statistics"` // target of ANALYZE; nil: the default
	Options     []string `json:"options"`    // pg_attribute.attoptions
}

// Index is an index, including one that belongs to a constraint.
type Index struct {
	OID           uint32   `json:"oid"`
	Schema        string   `json:"schema"`
	Name          string   `json:"name"`
	Definition    string   `json:"definition"` // pg_get_indexdef
	Method        string   `json:"method"`
	Keys          []string `json:"keys"`    // columns or expressions, in their order
	Include       []string `json:"include"` // columns
	Predicate     string   `json:"predicate"`
	Expressions   bool     `json:"expressions"` // whether a key is an expression
	Unique        bool     `json:"unique"`
	NullsEqual    bool     `json:"nulls_equal"` // NULLS NOT DISTINCT
	Primary       bool     `json:"primary"`
	Exclusion     bool     `json:"exclusion"`
	Deferrable    bool     `json:"deferrable"`
	Valid         bool     `json:"valid"`
	Clustered     bool     `json:"clustered"`
	Replica       bool     `json:"replica"`    // of REPLICA IDENTITY USING INDEX
	Constraint    string   `json:"constraint"` // the constraint that it belongs to; empty: none
	ConstraintDef string   `json:"constraint_def"`
	Comment       *string  `json:"comment"`
	Options       []string `json:"options"`
	Tablespace    string   `json:"tablespace"`
	Bytes         int64    `json:"bytes"`
	ReferencedBy  []string `json:"referenced_by"` // foreign keys that rely on it, as schema.table.name
}

// Constraint is a constraint of one of the three tables.
type Constraint struct {
	OID        uint32   `json:"oid"`
	Name       string   `json:"name"`
	Type       string   `json:"type"`       // pg_constraint.contype: c, f, p, u, x, t, n
	Definition string   `json:"definition"` // pg_get_constraintdef
	Columns    []string `json:"columns"`
	Validated  bool     `json:"validated"`
	NoInherit  bool     `json:"no_inherit"`
	Comment    *string  `json:"comment"`
	Index      string   `json:"index"` // name of its index; empty: none
}

// ForeignKey is a foreign key that references one of the three tables.
type ForeignKey struct {
	OID              uint32   `json:"oid"`
	Schema           string   `json:"schema"` // of the referencing table
	Table            string   `json:"table"`
	TableOwner       string   `json:"table_owner"`
	IsOwner          bool     `json:"is_owner"` // whether the role has the table owner's privileges
	TableKind        string   `json:"table_kind"`
	TableOID         uint32   `json:"table_oid"`
	Name             string   `json:"name"`
	Columns          []string `json:"columns"`
	ColumnsNotNull   bool     `json:"columns_not_null"` // whether any of them is NOT NULL
	ReferencedTable  string   `json:"referenced_table"` // one of the three
	ReferencedColumn []string `json:"referenced_columns"`
	OnDelete         string   `json:"on_delete"` // pg_constraint.confdeltype: a no action, r restrict, c cascade, n set null, d set default
	OnUpdate         string   `json:"on_update"`
	Definition       string   `json:"definition"`
	Validated        bool     `json:"validated"`
	Comment          *string  `json:"comment"`
	Rows             int64    `json:"rows"`    // estimate of the referencing table
	Indexed          bool     `json:"indexed"` // whether an index of the referencing table starts with the columns
	Partition        bool     `json:"partition"`
}

// Trigger is a trigger that is not internal.
type Trigger struct {
	OID        uint32  `json:"oid"`
	Name       string  `json:"name"`
	Definition string  `json:"definition"` // pg_get_triggerdef
	Enabled    string  `json:"enabled"`    // pg_trigger.tgenabled: O origin, D disabled, R replica, A always
	Function   string  `json:"function"`   // as schema.name()
	Language   string  `json:"language"`   // of the function
	Source     string  `json:"source"`     // of the function
	Row        bool    `json:"row"`        // FOR EACH ROW
	Before     bool    `json:"before"`
	Insert     bool    `json:"insert"`
	Delete     bool    `json:"delete"`
	Update     bool    `json:"update"`
	Truncate   bool    `json:"truncate"`
	Constraint bool    `json:"constraint"` // a constraint trigger
	Comment    *string `json:"comment"`
	Extension  string  `json:"extension"` // extension that the function belongs to
}

// Statistics is an extended statistics object.
type Statistics struct {
	Schema     string   `json:"schema"`
	Name       string   `json:"name"`
	Definition string   `json:"definition"`
	Owner      string   `json:"owner"`
	Columns    []string `json:"columns"`
	Comment    *string  `json:"comment"`
}

// Publication is a publication that contains the table.
type Publication struct {
	Name      string   `json:"name"`
	IsOwner   bool     `json:"is_owner"` // whether the role has the owner's privileges
	AllTables bool     `json:"all_tables"`
	Schema    bool     `json:"schema"`  // it publishes all tables of the schema
	Columns   []string `json:"columns"` // nil: all
	Filter    string   `json:"filter"`  // WHERE; empty: all rows
}
