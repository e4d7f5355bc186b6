package config

import (
	"errors"
	"regexp"

	"github.com/spf13/pflag"
)

// Persisted says which documents clients may name instead of sending, and how long answers to those may be kept.
type Persisted struct {
	Documents             []string // manifests, or directories of them
	TrustedOnly           bool     // whether callers below the role OPT_USER may run nothing else
	Automatic             bool     // automatic persisted queries
	AutomaticBytes        int      // that their texts take at most
	AnonymousCacheControl string   // of answers to those who are not signed in
}

// The bounds of --automatic-persisted-bytes: a store holds some texts of the greatest length, and leaves memory for others.
const (
	minAutomaticBytes = 1 << 20
	maxAutomaticBytes = 1 << 30
)

func (p *Persisted) flags(flags *pflag.FlagSet) {
	flags.StringSliceVar(&p.Documents, "persisted-documents", nil,
		"manifest of documents that clients may name, or a directory of manifests; may be given several times")
	flags.BoolVar(&p.TrustedOnly, "trusted-only", false, "let callers below the role OPT_USER run those documents only, and the pages' own")
	flags.BoolVar(&p.Automatic, "automatic-persisted-queries", true, "whether clients may name documents that were sent before, by their hashes")
	flags.IntVar(&p.AutomaticBytes, "automatic-persisted-bytes", 32<<20, "bytes at most that such documents take, 1048576 to 1073741824")
	flags.StringVar(&p.AnonymousCacheControl, "anonymous-cache-control", "private, no-cache",
		"Cache-Control of answers to persisted queries by GET of callers who are not signed in")
}

// directives is a Cache-Control of directives with numbers at most (RFC 9111, 5.2).
var directives = regexp.MustCompile(`^[a-z-]+(=[0-9]+)?(, ?[a-z-]+(=[0-9]+)?)*$`)

func (p *Persisted) validate() error {
	return errors.Join(
		when(p.TrustedOnly && len(p.Documents) == 0, "--trusted-only needs --persisted-documents"),
		when(p.AutomaticBytes < minAutomaticBytes || p.AutomaticBytes > maxAutomaticBytes,
			"--automatic-persisted-bytes must be from %d to %d, not %d", minAutomaticBytes, maxAutomaticBytes, p.AutomaticBytes),
		when(!directives.MatchString(p.AnonymousCacheControl),
			"--anonymous-cache-control must be directives such as public, max-age=60, not %q", p.AnonymousCacheControl),
	)
}
