package adopt

import (
	"context"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/testdb"
)

// onShape runs a part of the check that needs only a shape.
func onShape(shape *Shape, part func(*checker)) []Finding {
	c := &checker{shape: shape, report: &Report{}}
	part(c)
	return c.report.Findings
}

func TestCheckServer(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		server Server
		kind   Kind
		code   string
	}{
		"old":       {Server{VersionNum: 130010, ICU: true, Encoding: "UTF8"}, Blocks, "server-version"},
		"standby":   {Server{VersionNum: 150001, ICU: true, Encoding: "UTF8", Recovery: true}, Blocks, "standby"},
		"read-only": {Server{VersionNum: 150001, ICU: true, Encoding: "UTF8", ReadOnly: true}, Blocks, "read-only"},
		"SQL_ASCII": {Server{VersionNum: 150001, ICU: true, Encoding: "SQL_ASCII"}, Blocks, "encoding"},
		"LATIN1":    {Server{VersionNum: 150001, ICU: true, Encoding: "LATIN1"}, Blocks, "encoding"},
		"no ICU":    {Server{VersionNum: 150001, Encoding: "UTF8", CType: "en_US.UTF-8"}, Blocks, "icu"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			findings := onShape(&Shape{Server: test.server}, (*checker).checkServer)
			require.Len(t, findings, 1)
			require.Equal(t, test.kind, findings[0].Kind)
			require.Equal(t, test.code, findings[0].Code)
		})
	}
	for _, locale := range []string{"en_US.UTF-8", "C", "tr_TR.UTF-8"} {
		require.Empty(t, onShape(&Shape{Server: Server{VersionNum: 140000, ICU: true, Encoding: "UTF8", CType: locale}}, (*checker).checkServer), locale)
	}
	findings := onShape(&Shape{Server: Server{VersionNum: 150001, ICU: true, Encoding: "UTF8", CurrentSchema: "public", Database: "d"}, Schema: "auth", Role: Role{Name: "Fg"}}, (*checker).checkServer)
	require.Equal(t, []string{`ALTER ROLE "Fg" IN DATABASE d SET search_path = auth`}, findings[0].SQL)
}

// TestCheckSuperuser: the owner of a table can abuse the triggers of a superuser.
func TestCheckSuperuser(t *testing.T) {
	t.Parallel()
	for owner, noted := range map[string]bool{"app": true, "root": false} {
		shape := &Shape{
			Schema: "public", Role: Role{Name: "root", Superuser: true, CreateSchema: true},
			Users: &Table{Name: UsersTable, Owner: owner, IsOwner: true},
		}
		findings := onShape(shape, (*checker).checkAccess)
		require.Equal(t, noted, slices.ContainsFunc(findings, func(f Finding) bool { return f.Kind == Notes && f.Code == "superuser" }), owner)
	}
}

func TestCheckAccess(t *testing.T) {
	t.Parallel()
	shape := &Shape{
		Schema: "public", Role: Role{Name: "fg"}, Server: Server{Database: "d"},
		Candidates:  []Candidate{{Schema: "public"}},
		Users:       &Table{Name: UsersTable, Owner: "auth", Sequences: []Sequence{{Name: "users_id_seq", Owner: "auth"}}},
		Follows:     &Table{Name: FollowsTable, Owner: "social", IsOwner: true},
		RoleEnum:    &Enum{Name: "userrole", Owner: "auth"},
		Referencing: []ForeignKey{{Schema: "public", Table: "posts", TableOwner: "blog"}},
	}
	var sql []string
	codes := map[string]int{}
	for _, finding := range onShape(shape, (*checker).checkAccess) {
		codes[finding.Code]++
		sql = append(sql, finding.SQL...)
	}
	require.Equal(t, map[string]int{"create-on-database": 1, "create-on-schema": 1, "owner": 2, "owners": 1}, codes)
	require.Equal(t, []string{"GRANT CREATE ON DATABASE d TO fg", "GRANT USAGE, CREATE ON SCHEMA public TO fg", "GRANT auth TO fg", "GRANT blog TO fg"}, sql)
}

func TestCheckOwners(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(t.Context(), testdb.NewEmpty(t))
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	_, err = conn.Exec(t.Context(), `CREATE SCHEMA auth`)
	require.NoError(t, err)
	c := &checker{session: conn, report: &Report{}, shape: &Shape{
		Schema: "auth", Role: Role{Name: "fg"}, Users: &Table{Name: UsersTable, Schema: "auth", Owner: "pg_monitor"},
		Dependents: []Dependent{{Kind: KindView, Schema: "auth", Owner: "fg"}},
	}}
	require.NoError(t, c.checkOwners(t.Context()))
	require.Len(t, c.report.Findings, 1)
	require.Equal(t, "owner-create", c.report.Findings[0].Code)
	require.Equal(t, []string{"GRANT CREATE ON SCHEMA auth TO pg_monitor"}, c.report.Findings[0].SQL)

	c.report.Findings, c.shape.Role.Superuser = nil, true
	require.NoError(t, c.checkOwners(t.Context()))
	require.Empty(t, c.report.Findings)
}

func TestQuote(t *testing.T) {
	t.Parallel()
	require.Equal(t, `auth."user"."Name"."a""b"."1a"._x1`, quote("auth", "user", "Name", `a"b`, "1a", "_x1"))
}
