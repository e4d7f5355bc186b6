//go:build !unix

package localfile

import "os"

// noWait is empty, because opening never blocks.
const noWait = 0

// Replace opens a file for writing and truncates it, or creates it.
func Replace(path string) (*os.File, error) { return os.Create(path) }
