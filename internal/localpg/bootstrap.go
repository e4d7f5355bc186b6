//go:build unix

package localpg

import (
	"context"
	"fmt"
)

// bootstrap makes the product's role and database. Every step may have been done by an earlier
// call that was interrupted; the database comes last, so its presence says that all are done. The
// start lock must be held.
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
	if result.Err != nil || len(result.Rows) > 0 {
		return result.Err
	}
	// PostgreSQL 14 gives the schema public to the superuser; later versions to the database's owner.
	template, err := c.connect(ctx, templateDatabase)
	if err != nil {
		return err
	}
	defer hangUp(ctx, template)
	if err := template.Exec(ctx, "ALTER SCHEMA public OWNER TO pg_database_owner").Close(); err != nil {
		return err
	}
	if err := template.Close(ctx); err != nil { // a template in use cannot be copied
		return err
	}
	// No superuser: whatever SQL reaches the server cannot touch files or run programs. CREATEDB is
	// for the tests' databases and the migration tool's.
	role := fmt.Sprintf(`DO $$ BEGIN
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '%[1]s') THEN
			CREATE ROLE %[1]s LOGIN CREATEDB;
		END IF;
	END $$`, DatabaseName)
	if err := conn.Exec(ctx, role).Close(); err != nil {
		return fmt.Errorf("making the role %s: %w", DatabaseName, err)
	}
	if err := conn.Exec(ctx, fmt.Sprintf("CREATE DATABASE %[1]s OWNER %[1]s", DatabaseName)).Close(); err != nil {
		return fmt.Errorf("making the database %s: %w", DatabaseName, err)
	}
	return nil
}
