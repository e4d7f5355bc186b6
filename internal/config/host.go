package config

import (
	"errors"
	"net/netip"
	"regexp"
	"strings"

	"github.com/spf13/pflag"
)

func listenFlag(flags *pflag.FlagSet, listen *string) {
	flags.StringVar(listen, "listen", "127.0.0.1:8080", "address to listen on: host:port; port 0 selects a free port")
}

func hostFlags(flags *pflag.FlagSet, hosts *[]string) {
	flags.StringSliceVar(hosts, "allowed-host", nil,
		"host name or address, without a port, to accept requests for; a loopback address also accepts localhost, 127.0.0.1 and [::1]; "+
			"other addresses accept every host if this flag is not set; repeatable")
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?$`)

// validateHosts checks that hosts have the form of hosts in URLs (RFC 3986, section 3.2.2). A host in another form
// would never match.
func validateHosts(hosts []string) error {
	var problems []error
	for _, host := range hosts {
		inner := strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
		address, err := netip.ParseAddr(inner)
		isAddress := err == nil && address.Zone() == "" && (inner == host || address.Is6() && host == "["+inner+"]")
		problems = append(problems, when(!isAddress && (len(host) > 253 || !hostName.MatchString(host)),
			"--allowed-host must be a host name or an address without a port, such as api.example or [2001:db8::1], not %q", host))
	}
	return errors.Join(problems...)
}
