// Package localpg runs a private PostgreSQL, from the programs installed on the machine, for
// development and tests.
//
// The server listens only on a Unix socket. It accepts the user that it runs as and root (peer authentication), so
// there is no password. Any number of processes share it. The first process starts it, and the last one stops it. A
// killed process no longer counts.
//
// A data directory contains:
//
//	data/         PostgreSQL's files (PGDATA)
//	run           the socket's directory, or a link to it if the path is too long for a socket
//	postgres.log  the server's log; postgres.log.1 is the previous one
//	*.lock        locks of the processes that start or stop (start), use (users) and serve (serve)
package localpg

import (
	"errors"
	"log/slog"
)

// DatabaseName is the product's database in the private server.
const DatabaseName = "followgraph"

// ErrNotInstalled is wrapped by Open's error if the machine has no suitable PostgreSQL programs.
var ErrNotInstalled = errors.New("PostgreSQL is not installed")

// The oldest and the newest supported major version of PostgreSQL.
const (
	minVersion = 14
	maxVersion = 18
)

// Options configure a private server.
type Options struct {
	// Dir is the data directory, absolute or relative to the working directory. It is created if it is missing.
	Dir string

	// Durable makes every commit survive a crash of the machine. Without it the content is disposable: a crash of the
	// machine loses commits, and a directory on which the server no longer starts is emptied and recreated.
	Durable bool

	// Settings are further settings of postgresql.conf by name. They override this package's settings, and only take
	// effect for the process that starts the server.
	Settings map[string]string

	// Log receives messages about starts, stops and restarts; nil discards them.
	Log *slog.Logger
}
