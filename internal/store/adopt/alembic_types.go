package adopt

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// plainTypes are SQLAlchemy's classes for types without modifiers.
var plainTypes = map[string]string{
	"smallint": "sa.SmallInteger", "integer": "sa.Integer", "bigint": "sa.BigInteger", "boolean": "sa.Boolean",
	"text": "sa.Text", "date": "sa.Date", "bytea": "sa.LargeBinary", "real": "sa.REAL", "double precision": "postgresql.DOUBLE_PRECISION",
	"json": "postgresql.JSON", "jsonb": "postgresql.JSONB", "uuid": "postgresql.UUID(as_uuid=True)", "inet": "postgresql.INET",
	"cidr": "postgresql.CIDR", "macaddr": "postgresql.MACADDR", "hstore": "postgresql.HSTORE", "tsvector": "postgresql.TSVECTOR",
	"interval": "sa.Interval", "money": "postgresql.MONEY", "oid": "postgresql.OID",
}

var typeForm = regexp.MustCompile(`^(.+?)(?:\((\d+)(?:,(\d+))?\))?( with(?:out)? time zone)?(\[\])?$`)

// columnType returns the SQLAlchemy type of a column.
func (m *module) columnType(column Column) string {
	if role := m.shape.RoleEnum; role != nil && column.TypeOID == role.OID {
		values := ""
		if slices.ContainsFunc(role.Labels, func(label string) bool { return attribute(label) != label }) {
			values = ", values_callable=lambda roles: [role.value for role in roles]"
		}
		return fmt.Sprintf("sa.Enum(UserRole, name=%q, inherit_schema=True%s)", role.Name, values)
	}
	return m.typeOf(column.Type, column.Collation)
}

// typeOf returns the SQLAlchemy type for a name returned by format_type.
func (m *module) typeOf(name, collation string) string {
	match := typeForm.FindStringSubmatch(name)
	if match == nil {
		return m.otherType(name)
	}
	base, first, second, zone, array := match[1], match[2], match[3], match[4], match[5] != ""
	if array {
		return "postgresql.ARRAY(" + m.typeOf(strings.TrimSuffix(name, "[]"), collation) + ")"
	}
	var args []string
	class := plainTypes[base]
	switch base {
	case "character varying", "character", "text":
		class = map[string]string{"character varying": "sa.String", "character": "sa.CHAR", "text": "sa.Text"}[base]
		if first != "" {
			args = append(args, first)
		}
		if collation != "" && collation != "pg_catalog.default" {
			_, own, _ := strings.Cut(collation, ".")
			args = append(args, "collation="+strconv.Quote(own))
		}
	case "numeric":
		class = "sa.Numeric"
		if first != "" {
			args = append(args, first)
		}
		if second != "" {
			args = append(args, second)
		}
	case "timestamp", "time":
		class = map[string]string{"timestamp": "sa.DateTime", "time": "sa.Time"}[base]
		if first != "" { // only the classes of the PostgreSQL dialect have a precision
			class = "postgresql." + strings.ToUpper(base)
			args = append(args, "precision="+first)
		}
		args = append(args, "timezone="+boolean(zone == " with time zone"))
	default:
		if class == "" || first != "" {
			return m.otherType(name)
		}
		return class
	}
	if len(args) == 0 {
		return class
	}
	return class + "(" + strings.Join(args, ", ") + ")"
}

// otherType returns the class for a type of the team or of an extension.
func (m *module) otherType(name string) string {
	m.other = true
	return "Other(" + strconv.Quote(strings.TrimPrefix(name, identifier(m.shape.Schema)+".")) + ")"
}

var pythonKeywords = regexp.MustCompile(`^(False|None|True|and|as|assert|async|await|break|class|continue|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|nonlocal|not|or|pass|raise|return|try|while|with|yield|metadata|registry)$`)

var notPython = regexp.MustCompile(`[^A-Za-z0-9_]`)

// attribute returns the Python attribute for a database name: the name itself, unless Python or SQLAlchemy reserve it.
func attribute(name string) string {
	name = notPython.ReplaceAllString(name, "_")
	if name == "" || name[0] >= '0' && name[0] <= '9' || strings.HasPrefix(name, "__") {
		name = "column_" + strings.TrimLeft(name, "_")
	}
	if pythonKeywords.MatchString(name) {
		name += "_"
	}
	return name
}

// text returns SQL as a Python string, in single quotes if the SQL contains double quotes.
func text(sql string) string {
	if strings.Contains(sql, `"`) && strconv.Quote(sql) == `"`+strings.ReplaceAll(sql, `"`, `\"`)+`"` && !strings.Contains(sql, "'") {
		return "'" + sql + "'"
	}
	return strconv.Quote(sql)
}

var singleColon = regexp.MustCompile(`(^|[^:]):($|[^:])`)

// sqlText returns SQL as SQLAlchemy's text(). It escapes colons, which would start parameters, except for those of
// casts.
func sqlText(sql string) string {
	return "sa.text(" + text(singleColon.ReplaceAllString(sql, `$1\:$2`)) + ")"
}

func boolean(is bool) string {
	if is {
		return "True"
	}
	return "False"
}

func quoted(names []string) string {
	var all []string
	for _, name := range names {
		all = append(all, strconv.Quote(name))
	}
	return strings.Join(all, ", ")
}
