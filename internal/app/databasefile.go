package app

import (
	"errors"
	"fmt"
	"net/url"
	"os"

	"followgraph/internal/localfile"
)

// databaseFiles are the parameters of a database's address that name files, with the variables that stand for them
// (PostgreSQL, "Connection Strings" and "Environment Variables").
var databaseFiles = map[string]string{
	"sslcert":     "PGSSLCERT",
	"sslkey":      "PGSSLKEY",
	"sslrootcert": "PGSSLROOTCERT",
	"passfile":    "PGPASSFILE",
	"servicefile": "PGSERVICEFILE",
}

// checkDatabaseFiles refuses what is no regular file: the driver would wait for a pipe as long as its writer likes. What
// is missing is the driver's to tell.
func checkDatabaseFiles(address string) error {
	parsed, err := url.Parse(address)
	if err != nil {
		return nil //nolint:nilerr // the driver says so without the password
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
