package config

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"followgraph/internal/wording"
)

// Variable is the environment variable of a flag: --data-dir is FOLLOWGRAPH_DATA_DIR.
func Variable(flag string) string {
	return "FOLLOWGRAPH_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// databaseURL is the name that hosting platforms give the database's address; it serves as well.
const databaseURL = "DATABASE_URL"

// Environment sets the flags that were not given from their variables; a flag wins over a variable, and
// FOLLOWGRAPH_DATABASE_URL over DATABASE_URL. The error names the variable at fault and not its value, which may be
// a secret.
func Environment(flags *pflag.FlagSet, lookup func(string) (string, bool)) error {
	var failed error
	flags.VisitAll(func(flag *pflag.Flag) {
		if flag.Changed || isQuestion(flag) || failed != nil {
			return
		}
		name := Variable(flag.Name)
		value, ok := lookup(name)
		if value == "" && flag.Name == "database-url" { // one that is set to nothing names no database
			name = databaseURL
			value, ok = lookup(name)
		}
		if !ok {
			return
		}
		if err := flags.Set(flag.Name, value); err != nil {
			failed = fmt.Errorf("the variable %s is not a valid %s", name, flag.Value.Type())
		}
	})
	return failed
}

// isQuestion reports whether a flag asks for something instead of setting it. It has no variable: FOLLOWGRAPH_VERSION is
// what images and manifests like to call the version that they install.
func isQuestion(flag *pflag.Flag) bool { return flag.Name == "help" || flag.Name == "version" }

// Describe adds to each flag's help the variable that sets it too, and writes durations as one gives them.
func Describe(flags *pflag.FlagSet) {
	flags.VisitAll(func(flag *pflag.Flag) {
		if isQuestion(flag) {
			return
		}
		variable := Variable(flag.Name)
		if flag.Name == "database-url" {
			variable += ", " + databaseURL
		}
		flag.Usage += " [$" + variable + "]"
		if lasts, err := time.ParseDuration(flag.DefValue); err == nil && flag.Value.Type() == "duration" {
			flag.DefValue = wording.Flag(lasts)
		}
	})
}
