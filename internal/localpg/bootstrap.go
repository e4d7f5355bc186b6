//go:build unix

package localpg

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

// bootstrap creates the product's role and database. An interrupted earlier call may have completed some of the steps.
// The database is created last, so if it exists, all steps are complete. The caller must hold the start lock.
func (c *cluster) bootstrap(ctx context.Context) error {
	conn, err := c.connect(ctx, maintenanceDatabase)
	if err != nil {
		return fmt.Errorf("connecting to the private PostgreSQL on %s: %w", c.dir, err)
	}
	defer hangUp(ctx, conn)

	if c.durable {
		result := conn.ExecParams(ctx, "SELECT current_setting('fsync')", nil, nil, nil, nil).Read()
		if result.Err != nil {
			return result.Err
		}
		if string(result.Rows[0][0]) != "on" {
			return fmt.Errorf("the server that runs on %s was started without durable settings, for tests: choose another data directory", c.dir)
		}
	}

	result := conn.ExecParams(ctx, "SELECT 1 FROM pg_database WHERE datname = $1", [][]byte{[]byte(DatabaseName)}, nil, nil, nil).Read()
	if result.Err != nil {
		return result.Err
	}
	if len(result.Rows) > 0 {
		return allowReplication(ctx, conn)
	}
	// In PostgreSQL 14 the superuser owns the schema public; in later versions the database's owner.
	template, err := c.connect(ctx, templateDatabase)
	if err != nil {
		return err
	}
	defer hangUp(ctx, template)
	if err := template.Exec(ctx, "ALTER SCHEMA public OWNER TO pg_database_owner").Close(); err != nil {
		return err
	}
	if err := template.Close(ctx); err != nil { // PostgreSQL does not copy a template with sessions
		return err
	}
	// The role is not a superuser, so SQL cannot access files or run programs. Tests and the migration tool need
	// CREATEDB, and the commit stream REPLICATION. pg_hba.conf does not let it copy the whole cluster with that.
	role := fmt.Sprintf(`DO $$ BEGIN
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '%[1]s') THEN
			CREATE ROLE %[1]s LOGIN CREATEDB REPLICATION;
		END IF;
	END $$`, DatabaseName)
	if err := conn.Exec(ctx, role).Close(); err != nil {
		return fmt.Errorf("creating the role %s: %w", DatabaseName, err)
	}
	if err := conn.Exec(ctx, fmt.Sprintf("CREATE DATABASE %[1]s OWNER %[1]s", DatabaseName)).Close(); err != nil {
		return fmt.Errorf("creating the database %s: %w", DatabaseName, err)
	}
	return nil
}

// allowReplication lets the role of a data directory that an older version made read the commit stream. The setting
// wal_level is on the command line of the server, so it applies from the server's next start.
func allowReplication(ctx context.Context, conn *pgconn.PgConn) error {
	allow := fmt.Sprintf(`DO $$ BEGIN
		IF EXISTS (SELECT FROM pg_roles WHERE rolname = '%[1]s' AND NOT rolreplication) THEN
			ALTER ROLE %[1]s REPLICATION;
		END IF;
	END $$`, DatabaseName)
	if err := conn.Exec(ctx, allow).Close(); err != nil {
		return fmt.Errorf("letting the role %s read the commit stream: %w", DatabaseName, err)
	}
	return nil
}
