//go:build !linux

package httpserver

import (
	"net"
	"time"
)

// limitSilence does nothing: the system's own limit applies.
func limitSilence(net.Conn, time.Duration) {}
