package localpg

import "golang.org/x/sys/unix"

// passOnly is the flag that opens a directory for traversal, which needs no permission to list it.
const passOnly = unix.O_PATH
