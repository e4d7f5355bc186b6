package localpg

import "golang.org/x/sys/unix"

// passOnly opens a directory to pass through, which needs no permission to list it.
const passOnly = unix.O_PATH
