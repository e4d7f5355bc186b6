//go:build !unix

package localpg

import (
	"context"
	"errors"
	"os"
)

var errUnsupported = errors.New("a private PostgreSQL needs Linux or macOS: set DATABASE_URL to a running database")

// Server is a placeholder; this system does not support a private server.
type Server struct{}

// Open always fails on this system.
func Open(context.Context, Options) (*Server, error) { return nil, errUnsupported }

// URL is never called, because Open fails on this system.
func (*Server) URL(string) string { return "" }

// Close is never called, because Open fails on this system.
func (*Server) Close(context.Context) error { return nil }

// Guard is never called, because Open fails on this system.
func (*Server) Guard(context.Context) {}

// OpenDir always fails on this system.
func OpenDir(string) (*os.Root, error) { return nil, errUnsupported }

// LockServe always fails on this system.
func LockServe(string) (release func(), err error) { return nil, errUnsupported }
