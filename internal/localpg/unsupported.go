//go:build !unix

package localpg

import (
	"context"
	"errors"
	"os"
)

var errUnsupported = errors.New("a private PostgreSQL needs Linux or macOS: give a running database with DATABASE_URL")

// Server stands for a private server; this system has none.
type Server struct{}

// Open always fails on this system.
func Open(context.Context, Options) (*Server, error) { return nil, errUnsupported }

// URL is never reached: Open gives no Server on this system.
func (*Server) URL(string) string { return "" }

// Close is never reached: Open gives no Server on this system.
func (*Server) Close(context.Context) error { return nil }

// Guard is never reached: Open gives no Server on this system.
func (*Server) Guard(context.Context) {}

// OpenDir always fails on this system.
func OpenDir(string) (*os.Root, error) { return nil, errUnsupported }

// LockServe always fails on this system.
func LockServe(string) (release func(), err error) { return nil, errUnsupported }
