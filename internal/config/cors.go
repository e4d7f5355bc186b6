package config

import (
	"errors"
	"net/url"
	"strings"

	"github.com/spf13/pflag"
)

func corsFlags(flags *pflag.FlagSet, origins *[]string) {
	flags.StringSliceVar(origins, "cors-origin", nil,
		"origin whose pages may call the API, such as https://app.example, or * for all; may be given several times")
}

// validateOrigins checks that origins are written as browsers send them ("Fetch", 3.2 Origin header), or not one would
// ever match.
func validateOrigins(origins []string) error {
	var problems []error
	for _, origin := range origins {
		parsed, err := url.Parse(origin)
		isOrigin := err == nil && parsed.Host != "" && origin == strings.ToLower(parsed.Scheme+"://"+parsed.Host)
		problems = append(problems, when(origin != "*" && !isOrigin,
			"--cors-origin must be of the form https://host or https://host:port, in lower case, or *, not %q", origin))
	}
	return errors.Join(problems...)
}
