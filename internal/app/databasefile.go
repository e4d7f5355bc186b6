package app

import (
	"errors"
	"fmt"
	"net/url"
	"os"

	"followgraph/internal/localfile"
)

// databaseFiles lists the parameters of a database URL that name files, with their environment variables (PostgreSQL,
// "Connection Strings" and "Environment Variables").
var databaseFiles = map[string]string{
	"sslcert":     "PGSSLCERT",
	"sslkey":      "PGSSLKEY",
	"sslrootcert": "PGSSLROOTCERT",
	"passfile":    "PGPASSFILE",
	"servicefile": "PGSERVICEFILE",
}

// checkDatabaseFiles rejects files that are not regular. The driver reads a pipe without a time limit, so it would hang
// if no process writes to the pipe. The driver itself reports missing files.
func checkDatabaseFiles(address string) error {
	parsed, err := url.Parse(address)
	if err != nil {
		return nil //nolint:nilerr // the driver's error does not contain the password
	}
	var problems []error
	for parameter, variable := range databaseFiles {
		path := parsed.Query().Get(parameter)
		if path == "" {
			path = os.Getenv(variable)
		}
		if path == "" {
			continue
		}
		if err := localfile.Check(path); err != nil {
			problems = append(problems, fmt.Errorf("%s of the database: %w", parameter, err))
		}
	}
	return errors.Join(problems...)
}
