package config

import (
	"errors"

	"github.com/spf13/pflag"
)

// Limits says what one operation may take, and what strangers may learn of the schema. The other limits are part of the
// contract and not configurable.
type Limits struct {
	MaxResponseBytes int  // of an answer's data
	MaxMemory        int  // bytes that all operations hold together; 0: from the memory that the process has
	Introspection    bool // whether everybody may ask for the schema, and errors suggest names
}

// The bounds of MaxResponseBytes.
const (
	minResponseBytes = 64 << 10
	maxResponseBytes = 1 << 30
)

// minMemory is the least of MaxMemory other than 0: two operations of the largest kind.
const minMemory = 64 << 20

func (l *Limits) flags(flags *pflag.FlagSet) {
	flags.IntVar(&l.MaxResponseBytes, "max-response-bytes", 4<<20, "bytes of an answer's data at most, 65536 to 1073741824")
	flags.IntVar(&l.MaxMemory, "max-operation-memory", 0,
		"bytes that all running operations may hold together, 67108864 or more; 0: a quarter of the memory limit, at most 64 MiB for each processor")
	flags.BoolVar(&l.Introspection, "introspection", true,
		"whether everybody may ask for the schema, and errors suggest names; else the role OPT_USER alone may")
}

func (l *Limits) validate() error {
	return errors.Join(
		when(l.MaxResponseBytes < minResponseBytes || l.MaxResponseBytes > maxResponseBytes,
			"--max-response-bytes must be from %d to %d, not %d", minResponseBytes, maxResponseBytes, l.MaxResponseBytes),
		when(l.MaxMemory != 0 && l.MaxMemory < minMemory, "--max-operation-memory must be 0 or at least %d, not %d", minMemory, l.MaxMemory),
	)
}
