package adopt

import (
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
)

// plain matches identifiers that need no quotes unless they are keywords.
var plain = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

// quote joins names to a qualified name and quotes only those that need it, as PostgreSQL's quote_ident does. It is for
// statements that people read.
func quote(names ...string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = name
		if keywords[name] || !plain.MatchString(name) {
			quoted[i] = pgx.Identifier{name}.Sanitize()
		}
	}
	return strings.Join(quoted, ".")
}

func quoteAll(names []string) []string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = quote(name)
	}
	return quoted
}

// keywords are the words of pg_get_keywords() in PostgreSQL 14 to 18 whose category is not "unreserved".
var keywords = func() map[string]bool {
	words := map[string]bool{}
	for _, word := range strings.Fields(`
all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case
cast char character check coalesce collate collation column concurrently constraint create cross
current_catalog current_date current_role current_schema current_time current_timestamp current_user dec
decimal default deferrable desc distinct do else end except exists extract false fetch float for foreign
freeze from full grant greatest group grouping having ilike in initially inner inout int integer intersect
interval into is isnull join json json_array json_arrayagg json_exists json_object json_objectagg json_query
json_scalar json_serialize json_table json_value lateral leading least left like limit localtime
localtimestamp merge_action national natural nchar none normalize not notnull null nullif numeric offset on
only or order out outer overlaps overlay placing position precision primary real references returning right
row select session_user setof similar smallint some substring symmetric system_user table tablesample then
time timestamp to trailing treat trim true union unique user using values varchar variadic verbose when where
window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot
xmlserialize xmltable`) {
		words[word] = true
	}
	return words
}()

// identifier returns a name as PostgreSQL writes it in a definition: quoted only if necessary.
func identifier(name string) string {
	if regexp.MustCompile(`^[a-z_][a-z0-9_$]*$`).MatchString(name) {
		return name
	}
	return pgx.Identifier{name}.Sanitize()
}
