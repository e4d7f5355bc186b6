//go:build !unix

package localfile

import "os"

// noWait is of no use: opening never waits.
const noWait = 0

// Replace opens a file for writing and empties it, or makes it.
func Replace(path string) (*os.File, error) { return os.Create(path) }
