package adopt

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// CheckOptions configure Check.
type CheckOptions struct {
	// ParsePhoneNumber converts a number as people write it to E.164. If it is nil, Check skips phone numbers.
	ParsePhoneNumber func(string) (string, error)
	// Limit is the time limit of one statement; 0 means eight seconds. Check skips a count that takes longer and adds a
	// note.
	Limit time.Duration
	// Fast skips all checks that read rows.
	Fast bool
}

// Check reports what kind of database this is, what blocks an adoption and what prepare would repair. It changes
// nothing, reads in short transactions and skips counts that exceed the limit. A missing table of the service is a
// finding, not an error.
func Check(ctx context.Context, session Session, options CheckOptions) (*Report, error) {
	shape, err := ReadShape(ctx, session)
	if err != nil {
		return nil, err
	}
	c := &checker{session: session, options: options, shape: shape, report: &Report{
		Database: describeDatabase(shape), Findings: []Finding{}, Sizes: []Size{}, Shape: shape,
	}}
	if err := c.run(ctx); err != nil {
		return nil, err
	}
	order := []Kind{Blocks, Repairs, Notes}
	slices.SortStableFunc(c.report.Findings, func(a, b Finding) int {
		return slices.Index(order, a.Kind) - slices.Index(order, b.Kind)
	})
	return c.report, nil
}

func (c *checker) run(ctx context.Context) error {
	shape := c.shape
	for _, table := range shape.Tables() {
		c.report.Sizes = append(c.report.Sizes, Size{Table: table.Schema + "." + table.Name, Rows: table.Rows, Estimated: true, Bytes: table.Bytes})
	}
	c.checkServer()
	if shape.Users == nil {
		c.checkNoTables()
		return nil
	}
	if begun, err := c.checkState(ctx); err != nil || begun {
		return err
	}
	if !c.checkStep() {
		return nil
	}
	c.checkKinds()
	c.checkAccess()
	if err := c.checkOwners(ctx); err != nil {
		return err
	}
	if !c.readable() {
		return nil
	}
	if err := c.checkColumns(ctx); err != nil {
		return err
	}
	c.checkForeignKeys()
	c.checkSequences()
	if err := c.checkDependents(ctx); err != nil {
		return err
	}
	c.checkTriggers()
	c.checkNames()
	if err := c.checkUnique(ctx); err != nil {
		return err
	}
	if c.options.Fast {
		return nil
	}
	for _, check := range []func(context.Context) error{
		c.checkRows, c.checkCounts, c.checkLetterCase, c.checkPhoneNumbers, c.checkMapping, c.checkFunctions, c.checkSessions,
	} {
		if err := check(ctx); err != nil {
			return err
		}
	}
	c.estimate()
	return nil
}

func describeDatabase(shape *Shape) string {
	s := shape.Server
	return fmt.Sprintf("%s, PostgreSQL %s, encoding %s, collation %s, character type %s, role %s", s.Database, s.Version, s.Encoding, s.Collate, s.CType, shape.Role.Name)
}

// checkNoTables reports that no table of the service was found, and what was found instead.
func (c *checker) checkNoTables() {
	c.report.What = "no tables of the service"
	var several []string
	for _, candidate := range c.shape.Candidates {
		if candidate.Service {
			several = append(several, candidate.Schema)
		}
	}
	switch {
	case len(several) > 1:
		c.blocks("several-schemas", fmt.Sprintf("The schemas %s each have a users table of the service, and none is on the connection's search_path: "+
			"choose one with search_path in the database URL, as in postgres://…?search_path=%s", strings.Join(several, ", "), several[0]))
	case len(c.shape.Candidates) > 0:
		var tables []string
		for _, candidate := range c.shape.Candidates {
			for _, table := range candidate.Tables {
				tables = append(tables, candidate.Schema+"."+table)
			}
		}
		c.blocks("no-users", fmt.Sprintf("No schema has a table users with the columns username and password_hash; there are %s", strings.Join(tables, ", ")))
	default:
		c.blocks("no-tables", "No schema has a table users: `followgraph migrate up` creates the tables of a new database")
	}
}

// checkSettings holds the settings of the session of a check.
var checkSettings = map[string]string{
	"quote_all_identifiers": "off",
	"statement_timeout":     "0",
	// A short limit of the database would end the connection between two statements.
	"idle_in_transaction_session_timeout": "0",
}

// CheckDatabase is Check on a new connection. Unlike all other commands, it also connects to databases that Followgraph
// cannot work with, in order to report why.
func CheckDatabase(ctx context.Context, databaseURL string, options CheckOptions) (*Report, error) {
	config, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		// The parser's message leaves the password out.
		return nil, fmt.Errorf("database URL: %w", err)
	}
	// Without connection.Configure, which refuses databases that the check must report on.
	for name, value := range map[string]string{
		"application_name":            "followgraph adopt check",
		"client_encoding":             "UTF8",
		"TimeZone":                    "UTC",
		"standard_conforming_strings": "on",
	} {
		config.RuntimeParams[name] = value
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect to the database: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if err := applySettings(ctx, conn, checkSettings); err != nil {
		return nil, err
	}
	return Check(ctx, conn, options)
}
