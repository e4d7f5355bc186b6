package config

import (
	"errors"

	"github.com/spf13/pflag"
)

// Limits bounds operations, and access to the schema. The other limits are part of the API's contract and not
// configurable.
type Limits struct {
	MaxResponseBytes int  // of a response's data
	MaxMemory        int  // bytes that all operations hold together; 0: derived from the process's memory
	Introspection    bool // every caller can read the schema, and errors suggest names
}

// Bounds of MaxResponseBytes.
const (
	minResponseBytes = 64 << 10
	maxResponseBytes = 1 << 30
)

// minMemory is the minimum of MaxMemory if it is not 0: two operations of the maximum size.
const minMemory = 64 << 20

func (l *Limits) flags(flags *pflag.FlagSet) {
	flags.IntVar(&l.MaxResponseBytes, "max-response-bytes", 4<<20, "maximum size of a response's data in bytes, 65536 to 1073741824")
	flags.IntVar(&l.MaxMemory, "max-operation-memory", 0,
		"memory in bytes for all running operations together, at least 67108864; 0: a quarter of the memory limit, at most 64 MiB per processor")
	flags.BoolVar(&l.Introspection, "introspection", true,
		"allow introspection for every caller, and suggest names in errors; with false, only the role OPT_USER can introspect")
}

func (l *Limits) validate() error {
	return errors.Join(
		when(l.MaxResponseBytes < minResponseBytes || l.MaxResponseBytes > maxResponseBytes,
			"--max-response-bytes must be from %d to %d, not %d", minResponseBytes, maxResponseBytes, l.MaxResponseBytes),
		when(l.MaxMemory != 0 && l.MaxMemory < minMemory, "--max-operation-memory must be 0 or at least %d, not %d", minMemory, l.MaxMemory),
	)
}
