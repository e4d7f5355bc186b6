package adopt

import (
	"fmt"
	"slices"
	"strings"
)

// earlierRevision is the code of the finding for tables at an earlier revision.
const earlierRevision = "earlier-revision"

// checkStep finds the revision of the tables and reports whether an adoption can start from it.
func (c *checker) checkStep() bool {
	revision, version, difference := c.shape.Step()
	at := slices.IndexFunc(steps, func(s step) bool { return s.revision == revision })
	alembic, known := c.alembic()
	c.report.What = fmt.Sprintf("the Python service at revision %s, in schema %s (%s)", revision, c.shape.Schema, alembic)
	last := at == len(steps)-1
	switch {
	case difference != "" && (last || c.shape.Follows != nil):
		c.report.What = fmt.Sprintf("tables similar to the Python service at revision %s, in schema %s (%s)", revision, c.shape.Schema, alembic)
		c.blocks("unknown-shape", fmt.Sprintf("The tables match no revision of the service. The closest one is %s; %s", revision, difference),
			c.repairSQL(at)...)
		return false
	case difference != "":
		c.blocks("unknown-shape", fmt.Sprintf("The tables match no revision of the service. The closest one is %s; %s", revision, difference))
		return false
	case !last:
		c.report.Revision = revision
		c.blocks(earlierRevision, fmt.Sprintf("The tables are at revision %s, but an adoption starts from %s: run `alembic upgrade %s` with the service's own migrations, "+
			"or stop the service and run `followgraph migrate up --offline`, which starts from version %s", revision, LastRevision, LastRevision, version))
		return false
	case known != "" && known != revision:
		c.blocks("alembic-disagrees", fmt.Sprintf("Alembic's version is %s, but the tables are at revision %s: run `alembic upgrade %s`, or `alembic stamp %s` if the tables are right", known, revision, LastRevision, LastRevision))
	}
	c.report.Revision = revision
	return true
}

// alembic describes the content of Alembic's version table. known is the revision in it if it is one of the service.
func (c *checker) alembic() (words, known string) {
	var revisions []string
	for _, table := range c.shape.Alembic {
		if table.Schema == c.shape.Schema || len(c.shape.Alembic) == 1 {
			if !table.Readable {
				return fmt.Sprintf("%s.%s is not readable", table.Schema, table.Table), ""
			}
			revisions = append(revisions, table.Versions...)
		}
	}
	if len(revisions) == 0 {
		return "no Alembic version", ""
	}
	for _, revision := range revisions {
		if slices.ContainsFunc(steps, func(s step) bool { return s.revision == revision }) {
			known = revision
		}
	}
	words = "Alembic version " + strings.Join(revisions, ", ")
	if known == "" {
		words += ", a revision of the team"
	}
	return words, known
}

// repairSQL returns statements that add or convert columns so that the tables match a step.
func (c *checker) repairSQL(at int) []string {
	var statements []string
	for _, table := range []string{UsersTable, FollowsTable, StatsTable} {
		current := c.shape.table(table)
		if current == nil {
			continue
		}
		columns := steps[at].columns[table]
		for _, name := range sorted(columns) {
			column := current.Column(name)
			switch family := columns[name]; {
			case column == nil && (family == letters || family == moment) && !slices.Contains([]string{"username", "phone_number", "password_hash", "follower_id", "following_id", "user_id"}, name):
				statements = append(statements, fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s %s", c.name(table), quote(name), family))
			case column != nil && !family.takes(c.shape, column) && family == letters:
				statements = append(statements, fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s TYPE character varying USING %s::character varying", c.name(table), quote(name), quote(name)))
			case column != nil && !family.takes(c.shape, column) && family == role:
				statements = append(statements,
					fmt.Sprintf("CREATE TYPE %s AS ENUM (%s)", quote(c.shape.Schema, "userrole"), "'"+strings.Join(Roles, "', '")+"'"),
					fmt.Sprintf("ALTER TABLE %s ALTER COLUMN role DROP DEFAULT, ALTER COLUMN role TYPE %s USING role::text::%s", c.name(table), quote(c.shape.Schema, "userrole"), quote(c.shape.Schema, "userrole")))
			}
		}
	}
	return statements
}
