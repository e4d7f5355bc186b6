package config

import (
	"errors"
	"regexp"

	"github.com/spf13/pflag"
)

// Persisted configures persisted documents and the caching of responses to them.
type Persisted struct {
	Documents             []string // manifests, or directories of them
	TrustedOnly           bool     // only the role OPT_USER may run other documents
	Automatic             bool     // automatic persisted queries
	AutomaticBytes        int      // maximum memory of their texts
	AnonymousCacheControl string   // Cache-Control of responses to callers without a token
}

// Bounds of --automatic-persisted-bytes. The minimum holds several texts of maximum length.
const (
	minAutomaticBytes = 1 << 20
	maxAutomaticBytes = 1 << 30
)

func (p *Persisted) flags(flags *pflag.FlagSet) {
	flags.StringSliceVar(&p.Documents, "persisted-documents", nil,
		"manifest of persisted documents, or a directory of manifests; repeatable")
	flags.BoolVar(&p.TrustedOnly, "trusted-only", false, "run only persisted documents and those of the built-in pages; the role OPT_USER is exempt")
	flags.BoolVar(&p.Automatic, "automatic-persisted-queries", true, "support automatic persisted queries (APQ)")
	flags.IntVar(&p.AutomaticBytes, "automatic-persisted-bytes", 32<<20, "maximum memory in bytes for automatic persisted queries, 1048576 to 1073741824")
	flags.StringVar(&p.AnonymousCacheControl, "anonymous-cache-control", "private, no-cache",
		"Cache-Control of responses to persisted GET queries without a token")
}

// directives matches a Cache-Control header whose directives have no argument or a number (RFC 9111, section 5.2).
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
