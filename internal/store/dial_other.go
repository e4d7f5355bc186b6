//go:build !linux

package store

import "syscall"

// limitUnacked does nothing: keepAlive and connWatcher detect dead connections.
func limitUnacked(string, string, syscall.RawConn) error { return nil }
