package adopt

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// models returns the module of SQLAlchemy models. It is written for SQLAlchemy 1.4, and SQLAlchemy 2 accepts it, too.
func models(shape *Shape) string {
	m := &module{shape: shape}
	for _, each := range []struct {
		table *Table
		class string
	}{{shape.Users, "User"}, {shape.Follows, "UserFollow"}, {shape.Stats, "UserFollowStats"}} {
		m.class(each.table, each.class)
	}
	if slices.ContainsFunc(shape.History, func(v Versions) bool { return v.Schema == shape.Schema && v.Table == historyTable }) {
		m.body.WriteString(historyModel)
	}
	return m.header() + m.body.String()
}

// historyTable is Atlas's table of revisions. It has its own schema unless the database URL sets search_path.
const historyTable = "atlas_schema_revisions"

const historyModel = `

# Followgraph's migration history. It is declared so that Alembic does not propose to drop it.
sa.Table(
    "atlas_schema_revisions", Base.metadata,
    sa.Column("version", sa.String, primary_key=True),
    sa.Column("description", sa.String, nullable=False),
    sa.Column("type", sa.BigInteger, nullable=False, server_default=sa.text("2")),
    sa.Column("applied", sa.BigInteger, nullable=False, server_default=sa.text("0")),
    sa.Column("total", sa.BigInteger, nullable=False, server_default=sa.text("0")),
    sa.Column("executed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("execution_time", sa.BigInteger, nullable=False),
    sa.Column("error", sa.Text),
    sa.Column("error_stmt", sa.Text),
    sa.Column("hash", sa.String, nullable=False),
    sa.Column("partial_hashes", postgresql.JSONB),
    sa.Column("operator_version", sa.String, nullable=False),
    schema=SCHEMA,
)
`

// module builds the text of the module.
type module struct {
	shape *Shape
	body  strings.Builder
	// other reports whether a column has a type for which SQLAlchemy 1.4 has no class.
	other bool
}

func (m *module) line(indent int, format string, args ...any) {
	fmt.Fprintf(&m.body, strings.Repeat("    ", indent)+format+"\n", args...)
}

func (m *module) header() string {
	text := `"""The tables after "followgraph adopt switch", for SQLAlchemy 1.4 and 2."""
import enum

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import declarative_base

# Use your own Base if you have one, so that all models share one metadata.
Base = declarative_base()

# The schema of the tables, if your models name it. With None, search_path applies.
SCHEMA = None
`
	if m.other {
		text += `

class Other(sa.types.UserDefinedType):
    """A type for which SQLAlchemy has no class."""
    cache_ok = True

    def __init__(self, spec):
        self.spec = spec

    def get_col_spec(self, **kw):
        return self.spec
`
	}
	if role := m.shape.RoleEnum; role != nil {
		text += "\n\nclass UserRole(str, enum.Enum):\n"
		for _, label := range role.Labels {
			text += fmt.Sprintf("    %s = %s\n", attribute(label), strconv.Quote(label))
		}
	}
	return text
}

// class writes the model of a table.
func (m *module) class(table *Table, name string) {
	m.line(0, "\n\nclass %s(Base):", name)
	m.line(1, "__tablename__ = %q\n", table.Name)
	for _, column := range table.Columns {
		m.column(table, column)
	}
	m.line(0, "")
	m.line(1, "__table_args__ = (")
	m.constraints(table)
	m.indexes(table)
	options := `"schema": SCHEMA`
	if table.Comment != nil {
		options += `, "comment": ` + strconv.Quote(*table.Comment)
	}
	m.line(2, "{%s},", options)
	m.line(1, ")")
}

func (m *module) column(table *Table, column Column) {
	args := []string{m.columnType(column)}
	if attribute(column.Name) != column.Name {
		args = slices.Insert(args, 0, strconv.Quote(column.Name))
	}
	primary := table.PrimaryKey()
	switch {
	case column.Identity != "":
		args = append(args, m.identity(table, column))
	case column.Generated != "" && column.Default != nil:
		args = append(args, fmt.Sprintf("sa.Computed(%s, persisted=%s)", text(*column.Default), boolean(column.Generated == "s")))
	}
	if primary != nil && slices.Contains(primary.Keys, column.Name) {
		args = append(args, "primary_key=True")
	} else if column.NotNull {
		args = append(args, "nullable=False")
	}
	args = append(args, ormDefaults(table, column)...)
	if column.Default != nil && column.Generated == "" {
		args = append(args, "server_default="+m.serverDefault(*column.Default))
	}
	if column.Comment != nil {
		args = append(args, "comment="+strconv.Quote(*column.Comment))
	}
	m.line(1, "%s = sa.Column(%s)", attribute(column.Name), strings.Join(args, ", "))
}

var literalDefault = regexp.MustCompile(`^'([^'\\]*)'::[a-z_."][^()]*$`)

// serverDefault writes a default. It omits the cast of a plain literal, which older versions of Alembic do not read,
// and the schema of the tables in other expressions, which the models set.
func (m *module) serverDefault(expression string) string {
	if match := literalDefault.FindStringSubmatch(expression); match != nil {
		return strconv.Quote(match[1])
	}
	return sqlText(strings.ReplaceAll(expression, "::"+identifier(m.shape.Schema)+".", "::"))
}

// ormDefaults returns the arguments of documented columns whose values come from the service's code, not from the
// catalog.
func ormDefaults(table *Table, column Column) []string {
	switch table.Name + "." + column.Name {
	case "users.role":
		return []string{"default=UserRole.END_USER"}
	case "users.updated_at", "user_follow_stats.updated_at":
		return []string{"onupdate=sa.func.now()"}
	case "user_follow_stats.followers_count", "user_follow_stats.followings_count":
		return []string{"default=0"}
	default:
		return nil
	}
}

// identity writes an identity column with the options of its sequence that differ from PostgreSQL's defaults.
func (m *module) identity(table *Table, column Column) string {
	args := []string{"always=" + boolean(column.Identity == "a")}
	at := slices.IndexFunc(table.Sequences, func(s Sequence) bool { return s.Column == column.Name && s.Identity })
	if at >= 0 {
		s := table.Sequences[at]
		largest := map[string]int64{"smallint": 1<<15 - 1, "integer": 1<<31 - 1, "bigint": 1<<63 - 1}[column.Base]
		for _, option := range []struct {
			name       string
			value, def int64
		}{{"start", s.Start, 1}, {"increment", s.Increment, 1}, {"minvalue", s.Min, 1}, {"maxvalue", s.Max, largest}, {"cache", s.Cache, 1}} {
			if option.value != option.def {
				args = append(args, fmt.Sprintf("%s=%d", option.name, option.value))
			}
		}
		if s.Cycle {
			args = append(args, "cycle=True")
		}
	}
	return "sa.Identity(" + strings.Join(args, ", ") + ")"
}

func (m *module) constraints(table *Table) {
	for _, constraint := range table.Constraints {
		name := "name=" + strconv.Quote(constraint.Name)
		switch constraint.Type {
		case "p":
			m.line(2, "sa.PrimaryKeyConstraint(%s, %s),", quoted(constraint.Columns), name)
		case "u":
			m.line(2, "sa.UniqueConstraint(%s, %s%s),", quoted(constraint.Columns), name, deferral(constraint.Definition))
		case "c":
			expression := strings.TrimSuffix(strings.TrimPrefix(constraint.Definition, "CHECK ("), ")")
			expression, _, _ = strings.Cut(expression, ") NOT VALID")
			expression, _, _ = strings.Cut(expression, ") NO INHERIT")
			m.line(2, "sa.CheckConstraint(%s, %s),", sqlText(expression), name)
		case "f":
			m.foreignKey(constraint, name)
		}
	}
}

var foreignKeyDefinition = regexp.MustCompile(`^FOREIGN KEY \(.*\) REFERENCES (.+)\((.+?)\)`)

// foreignKey writes a foreign key that the team has added to one of the three tables.
func (m *module) foreignKey(constraint Constraint, name string) {
	match := foreignKeyDefinition.FindStringSubmatch(constraint.Definition)
	if match == nil {
		m.line(2, "# %s: %s", constraint.Name, constraint.Definition)
		return
	}
	target := strings.ReplaceAll(strings.TrimPrefix(match[1], identifier(m.shape.Schema)+"."), `"`, "")
	var columns []string
	for column := range strings.SplitSeq(match[2], ",") {
		columns = append(columns, target+"."+strings.Trim(strings.TrimSpace(column), `"`))
	}
	args := ""
	for _, rule := range []struct{ clause, name string }{{"ON UPDATE ", "onupdate"}, {"ON DELETE ", "ondelete"}} {
		for _, action := range []string{"CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT"} {
			if strings.Contains(constraint.Definition, rule.clause+action) {
				args += fmt.Sprintf(", %s=%q", rule.name, action)
			}
		}
	}
	m.line(2, "sa.ForeignKeyConstraint([%s], [%s], %s%s%s),", quoted(constraint.Columns), quoted(columns), name, args, deferral(constraint.Definition))
}

// deferral writes the arguments of a deferrable constraint.
func deferral(definition string) string {
	switch {
	case strings.Contains(definition, "INITIALLY DEFERRED"):
		return `, deferrable=True, initially="DEFERRED"`
	case strings.Contains(definition, "DEFERRABLE") && !strings.Contains(definition, "NOT DEFERRABLE"):
		return ", deferrable=True"
	default:
		return ""
	}
}

// indexes writes the indexes that do not belong to a constraint.
func (m *module) indexes(table *Table) {
	for _, index := range table.Indexes {
		if index.Constraint != "" || !index.Valid {
			continue
		}
		args := []string{strconv.Quote(index.Name)}
		var operators []string
		for n, definition := range keys(index.Definition) {
			if n >= len(index.Keys) {
				break
			}
			key, operator := indexKey(table, index, n, definition)
			args = append(args, key)
			if operator != "" {
				operators = append(operators, operator)
			}
		}
		if index.Unique {
			args = append(args, "unique=True")
		}
		if index.Method != "btree" {
			args = append(args, "postgresql_using="+strconv.Quote(index.Method))
		}
		if len(operators) > 0 {
			args = append(args, "postgresql_ops={"+strings.Join(operators, ", ")+"}")
		}
		if len(index.Include) > 0 {
			args = append(args, "postgresql_include=["+quoted(index.Include)+"]")
		}
		if index.Predicate != "" {
			args = append(args, "postgresql_where="+sqlText(index.Predicate))
		}
		m.line(2, "sa.Index(%s),", strings.Join(args, ", "))
	}
}

var (
	afterColumn = regexp.MustCompile(`^(?:"(?:[^"]|"")+"|[^ "]+)`)
	keyOrder    = regexp.MustCompile(`^(?: (DESC|ASC))?(?: NULLS (FIRST|LAST))?$`)
	keyOperator = regexp.MustCompile(`^ [a-z0-9_.]+_ops$`)
)

// indexKey writes key n of an index and its entry in postgresql_ops, if it needs one. definition is the key in the
// index's definition, with collation, operator class and order, which index.Keys lacks.
//
// Newer versions of Alembic compare an expression with what SQLAlchemy reflects, which is index.Keys. The rest is
// therefore in postgresql_ops, which they do not compare and which SQLAlchemy writes after the expression.
func indexKey(table *Table, index Index, n int, definition string) (key, operator string) {
	name := index.Keys[n]
	if table.Column(name) == nil {
		label := fmt.Sprintf("%s_%d", index.Name, n+1)
		if rest := definition[strings.LastIndex(definition, ")")+1:]; rest != "" {
			operator = strconv.Quote(label) + ": " + text(strings.TrimSpace(rest))
		}
		return fmt.Sprintf("sa.literal_column(%s).label(%q)", text(name), label), operator
	}
	rest := definition[len(afterColumn.FindString(definition)):]
	order := keyOrder.FindStringSubmatch(rest)
	switch {
	case rest == "":
		return strconv.Quote(name), ""
	case order != nil:
		key = attribute(name)
		if order[1] != "" {
			key += "." + strings.ToLower(order[1]) + "()"
		}
		if order[2] != "" {
			key += ".nulls_" + strings.ToLower(order[2]) + "()"
		}
		return key, ""
	case keyOperator.MatchString(rest):
		return strconv.Quote(name), strconv.Quote(name) + ": " + text(strings.TrimSpace(rest))
	default: // a collation, possibly with an operator class and an order
		return attribute(name), strconv.Quote(name) + ": " + text(strings.TrimSpace(rest))
	}
}

// keys returns the keys in the definition of an index, with collations, operator classes and orders.
func keys(definition string) []string {
	_, rest, _ := strings.Cut(definition, " USING ")
	_, rest, _ = strings.Cut(rest, "(")
	var keys []string
	depth, start, quote := 0, 0, byte(0)
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '(':
			depth++
		case c == ',' && depth == 0:
			keys = append(keys, strings.TrimSpace(rest[start:i]))
			start = i + 1
		case c == ')':
			if depth == 0 {
				return append(keys, strings.TrimSpace(rest[start:i]))
			}
			depth--
		}
	}
	return keys
}
