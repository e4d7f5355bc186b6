package config

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"followgraph/internal/wording"
)

// Variable returns the environment variable of a flag: FOLLOWGRAPH_DATA_DIR for --data-dir.
func Variable(flag string) string {
	return "FOLLOWGRAPH_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// databaseURL is the variable in which many hosting platforms provide the database's URL.
const databaseURL = "DATABASE_URL"

// Environment sets the flags that are missing on the command line from their variables. A flag takes precedence over
// its variable, and FOLLOWGRAPH_DATABASE_URL over DATABASE_URL. The error names the invalid variable but not its value,
// which may be a secret. The value of an address may also be in a file, see setSecret.
func Environment(flags *pflag.FlagSet, lookup func(string) (string, bool)) error {
	var failure error
	flags.VisitAll(func(flag *pflag.Flag) {
		if flag.Changed || isQuery(flag) || failure != nil {
			return
		}
		if isSecret(flag) {
			failure = setSecret(flags, flag, lookup)
			return
		}
		name := Variable(flag.Name)
		value, ok := lookup(name)
		if !ok {
			return
		}
		if err := flags.Set(flag.Name, value); err != nil {
			failure = fmt.Errorf("the variable %s is not a valid %s", name, flag.Value.Type())
		}
	})
	return failure
}

// isQuery reports whether a flag requests information instead of setting a value. Such a flag has no variable, because
// images and manifests often use FOLLOWGRAPH_VERSION for the version that they install.
func isQuery(flag *pflag.Flag) bool { return flag.Name == "help" || flag.Name == "version" }

// Describe adds each flag's variable to its help, and shortens default durations, such as 2m0s to 2m.
func Describe(flags *pflag.FlagSet) {
	flags.VisitAll(func(flag *pflag.Flag) {
		if isQuery(flag) {
			return
		}
		variable := Variable(flag.Name)
		if flag.Name == "database-url" {
			variable += ", " + databaseURL
		}
		flag.Usage += " [$" + variable + "]"
		if duration, err := time.ParseDuration(flag.DefValue); err == nil && flag.Value.Type() == "duration" {
			flag.DefValue = wording.Flag(duration)
		}
	})
}
