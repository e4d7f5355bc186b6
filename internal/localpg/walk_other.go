//go:build unix && !linux && !darwin && !freebsd

package localpg

import "golang.org/x/sys/unix"

// passOnly is the flag that opens a directory.
const passOnly = unix.O_RDONLY
