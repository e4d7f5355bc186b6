package config

import (
	"errors"
	"net/url"
	"strings"

	"github.com/spf13/pflag"
)

func corsFlags(flags *pflag.FlagSet, origins *[]string) {
	flags.StringSliceVar(origins, "cors-origin", nil,
		"origin whose pages can call the API, such as https://app.example, or * for all; repeatable")
}

// validateOrigins checks that origins have the form that browsers send (Fetch, section 3.2, Origin header). An origin
// in another form would never match.
func validateOrigins(origins []string) error {
	var problems []error
	for _, origin := range origins {
		parsed, err := url.Parse(origin)
		isOrigin := err == nil && parsed.Host != "" && origin == strings.ToLower(parsed.Scheme+"://"+parsed.Host)
		problems = append(problems, when(origin != "*" && !isOrigin,
			"--cors-origin must be https://host or https://host:port in lower case, or *, not %q", origin))
	}
	return errors.Join(problems...)
}
