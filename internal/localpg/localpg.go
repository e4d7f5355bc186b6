// Package localpg runs a private PostgreSQL, from the programs installed on the machine, for
// development and tests.
//
// The server listens on a Unix socket only and admits, by the kernel's word (peer authentication),
// the user that it runs as and root: there is no password to keep. Any number of processes share
// it: the first starts it, the last to leave stops it, and one that is killed counts as gone.
//
// A data directory holds:
//
//	data/         PostgreSQL's own files (PGDATA)
//	run           the socket's directory, or a link to it where the path is too long for a socket
//	postgres.log  the server's log; postgres.log.1 is the one before
//	*.lock        who starts or stops (start), who uses it (users), who serves (serve)
package localpg

import (
	"errors"
	"log/slog"
)

// DatabaseName is the database that the product uses inside the private server.
const DatabaseName = "followgraph"

// ErrNotInstalled is wrapped by Open's error when the machine has no fitting PostgreSQL programs.
var ErrNotInstalled = errors.New("PostgreSQL is not installed")

// The major versions of PostgreSQL that are supported, both included.
const (
	minVersion = 14
	maxVersion = 18
)

// Options say where the private server keeps its data and how it runs.
type Options struct {
	// Dir is the data directory, absolute or relative to the working directory; made when missing.
	Dir string

	// Durable makes every commit survive a crash of the machine. Without it the content counts as
	// disposable: commits are lost when the machine crashes, and a directory that cannot be started
	// any more is emptied and made anew.
	Durable bool

	// Settings are further settings of postgresql.conf by name. They win over this package's own,
	// and take effect only for the process that starts the server.
	Settings map[string]string

	// Log receives starts, stops and restarts; nil discards them.
	Log *slog.Logger
}
