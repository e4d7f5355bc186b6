//go:build unix

package testcluster

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/localpg"
	"followgraph/internal/store/migrate"
)

// Names in every cluster.
const (
	// Database is the database of the product, migrated unless WithEmptyDatabase is given.
	Database = "followgraph"
	// Role is the role of the product. It owns the database and may read the commit stream, and is no superuser.
	Role = "followgraph"
	// Superuser is the role of Admin and of replication.
	Superuser = "postgres"
)

// limit is the time limit of every step, such as the start of a server on a busy machine.
const limit = time.Minute

// Cluster is a primary and its standbys. Nodes are numbered from 0, the first primary, in the order of their creation.
// The methods may be called by several goroutines for different nodes, but a node has one caller at a time.
type Cluster struct {
	install  *localpg.Installation
	dir      string
	password string
	settings map[string]string
	nodes    []*node
	primary  int
}

// options are what an Option changes.
type options struct {
	programs string
	empty    bool
	settings map[string]string
}

// Option changes how New creates a cluster.
type Option func(*options)

// WithPrograms selects the directory of PostgreSQL's programs, and so its version. The default is the one that
// localpg.Open selects.
func WithPrograms(dir string) Option { return func(o *options) { o.programs = dir } }

// WithSetting sets a setting of postgresql.conf on every node. It overrides this package's.
func WithSetting(name, value string) Option {
	return func(o *options) { o.settings[name] = value }
}

// WithEmptyDatabase leaves the product's database without tables.
func WithEmptyDatabase() Option { return func(o *options) { o.empty = true } }

// New starts a primary without standbys and migrates the product's database.
func New(tb testing.TB, opts ...Option) *Cluster {
	tb.Helper()
	chosen := options{settings: defaultSettings()}
	for _, opt := range opts {
		opt(&chosen)
	}
	ctx, cancel := step()
	defer cancel()
	install, err := localpg.FindInstallation(ctx, chosen.programs)
	if err != nil {
		tb.Fatalf("testcluster: %v", err)
	}
	dir, err := os.MkdirTemp("", "fgc") //nolint:usetesting // a short path, for sockets
	if err != nil {
		tb.Fatalf("testcluster: %v", err)
	}
	c := &Cluster{install: install, dir: dir, password: rand.Text(), settings: chosen.settings}
	tb.Cleanup(func() { c.close(tb) })
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // root's servers run as another user, who must traverse it
		tb.Fatalf("testcluster: %v", err)
	}
	if err := c.create(ctx, chosen.empty); err != nil {
		tb.Fatalf("testcluster: creating the primary: %v", err)
	}
	return c
}

// step limits one step. It does not depend on the test's context, which ends before the cleanups run.
func step() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), limit)
}

func (c *Cluster) close(tb testing.TB) {
	for _, n := range c.nodes {
		n.kill()
	}
	if err := os.RemoveAll(c.dir); err != nil {
		tb.Errorf("testcluster: %v", err)
	}
}

func defaultSettings() map[string]string {
	return map[string]string{ //nolint:gosec // no credentials: "password_encryption" is a setting
		"fsync":               "off",
		"max_connections":     "100",
		"shared_buffers":      "32MB",
		"jit":                 "off",
		"timezone":            "UTC",
		"log_timezone":        "UTC",
		"autovacuum":          "off",
		"log_line_prefix":     "%m [%p] %q%u@%d ",
		"password_encryption": "scram-sha-256",

		"wal_level":             "logical",
		"max_wal_senders":       "20",
		"max_replication_slots": "20",
		// A standby that was stopped for a while continues without a slot.
		"wal_keep_size": "512MB",
		// A standby asks for missing log again after this time. The default of 5 s is longer than most tests.
		"wal_retrieve_retry_interval": "100ms",
	}
}

// create runs initdb for the primary, starts it and creates the product's role and database.
func (c *Cluster) create(ctx context.Context, empty bool) error {
	n, err := c.newNode()
	if err != nil {
		return err
	}
	if err := c.initialise(ctx, n); err != nil {
		return err
	}
	if err := n.start(ctx); err != nil {
		return err
	}
	admin, err := pgx.Connect(ctx, c.address(0, Superuser, "postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = admin.Close(ctx) }()
	for _, sql := range []string{
		fmt.Sprintf("CREATE ROLE %s LOGIN CREATEDB REPLICATION PASSWORD '%s'", Role, c.password),
		fmt.Sprintf("CREATE DATABASE %s OWNER %s", Database, Role),
	} {
		if _, err := admin.Exec(ctx, sql); err != nil {
			return err
		}
	}
	if n.install.Version() < 15 { // later versions give it to the owner of the database
		database, err := pgx.Connect(ctx, c.address(0, Superuser, Database))
		if err != nil {
			return err
		}
		defer func() { _ = database.Close(ctx) }()
		if _, err := database.Exec(ctx, "ALTER SCHEMA public OWNER TO pg_database_owner"); err != nil {
			return err
		}
	}
	if empty {
		return nil
	}
	_, err = migrate.Up(ctx, c.URL(0))
	return err
}

// initialise fills a node's directory by initdb.
func (c *Cluster) initialise(ctx context.Context, n *node) error {
	secret := filepath.Join(c.dir, "password")
	if err := c.install.WriteFile(secret, []byte(c.password+"\n")); err != nil {
		return err
	}
	initdb, _ := c.install.Program("initdb")
	var failure error
	for _, args := range c.install.InitArgs(n.data) {
		args = append(args, "--no-sync", "--data-checksums", "--auth=scram-sha-256", "--pwfile="+secret)
		out, err := c.install.Command(ctx, initdb, args...).CombinedOutput()
		if err == nil {
			return c.install.WriteFile(filepath.Join(n.data, "pg_hba.conf"), []byte(access))
		}
		failure = fmt.Errorf("initdb: %w: %s", err, out)
		if !strings.Contains(string(out), "invalid locale name") {
			break
		}
	}
	return failure
}

// access is the content of pg_hba.conf.
const access = `local all         all scram-sha-256
local replication all scram-sha-256
host  all         all 127.0.0.1/32 scram-sha-256
host  replication all 127.0.0.1/32 scram-sha-256
`

// URL returns the address of a node for the product's role.
func (c *Cluster) URL(i int) string { return c.address(i, Role, Database) }

// AdminURL returns the address of a node for the superuser.
func (c *Cluster) AdminURL(i int) string { return c.address(i, Superuser, Database) }

// Host returns the host and port of a node, for proxies and poolers in front of it.
func (c *Cluster) Host(i int) string { return "127.0.0.1:" + strconv.Itoa(c.nodes[i].port) }

// Primary returns the number of the node that New or Promote made the primary.
func (c *Cluster) Primary() int { return c.primary }

// Installation returns the programs that run the servers.
func (c *Cluster) Installation() *localpg.Installation { return c.install }

// MultiHostURL returns the address of all nodes for the product's role. A connection goes to the one that accepts
// writes.
func (c *Cluster) MultiHostURL() string {
	hosts := make([]string, len(c.nodes))
	for i := range c.nodes {
		hosts[i] = c.Host(i)
	}
	return c.addressAt(strings.Join(hosts, ","), Role, Database) + "?target_session_attrs=read-write"
}

func (c *Cluster) address(i int, role, database string) string {
	return c.addressAt(c.Host(i), role, database)
}

func (c *Cluster) addressAt(host, role, database string) string {
	address := url.URL{Scheme: "postgres", User: url.UserPassword(role, c.password), Host: host, Path: "/" + database}
	return address.String()
}

// Admin runs statements as the superuser in the product's database of a node, outside a transaction.
func (c *Cluster) Admin(tb testing.TB, i int, statements ...string) {
	tb.Helper()
	ctx, cancel := step()
	defer cancel()
	if err := c.admin(ctx, i, statements...); err != nil {
		tb.Fatalf("testcluster: node %d: %v", i, err)
	}
}

func (c *Cluster) admin(ctx context.Context, i int, statements ...string) error {
	conn, err := pgx.Connect(ctx, c.AdminURL(i))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, sql := range statements {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}
