package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"followgraph/internal/localfile"
)

// maxSecretFile limits the size of a file with an address, in bytes.
const maxSecretFile = 64 << 10

// fileSuffix ends the name of a variable that names a file with a value.
const fileSuffix = "_FILE"

// secretFlags are the flags whose values contain a password. Containers and systemd deliver secrets as files, because
// environment variables are visible in more places, and an image without a shell cannot read a file into a variable.
var secretFlags = []string{"database-url", "replica-url", "stream-url"}

// setSecret sets a flag of secretFlags from its variable, or from the file that the variable with _FILE at its end names.
// Empty variables count as unset. A list has one value on each line of its file. Errors do not contain a value.
func setSecret(flags *pflag.FlagSet, flag *pflag.Flag, lookup func(string) (string, bool)) error {
	names := []string{Variable(flag.Name)}
	if flag.Name == "database-url" {
		names = append(names, databaseURL)
	}
	for _, name := range names {
		value, _ := lookup(name)
		path, _ := lookup(name + fileSuffix)
		switch {
		case value != "" && path != "":
			return fmt.Errorf("the variables %s and %s%s are both set: unset one of them", name, name, fileSuffix)
		case path != "":
			return setFromFile(flags, flag, name+fileSuffix, path)
		case value != "":
			if err := flags.Set(flag.Name, value); err != nil {
				return fmt.Errorf("the variable %s is not a valid %s", name, flag.Value.Type())
			}
			return nil
		}
	}
	return nil
}

func setFromFile(flags *pflag.FlagSet, flag *pflag.Flag, name, path string) error {
	text, err := localfile.Read(path, maxSecretFile)
	if err != nil {
		return fmt.Errorf("the variable %s: %w", name, err)
	}
	lines := strings.Fields(string(text)) // an address has no blanks
	list, isList := flag.Value.(pflag.SliceValue)
	switch {
	case len(lines) == 0:
		return fmt.Errorf("the variable %s: %s is empty", name, path)
	case isList:
		if err = list.Replace(lines); err == nil {
			flag.Changed = true
		}
	case len(lines) > 1:
		return fmt.Errorf("the variable %s: %s must have one address on one line", name, path)
	default:
		err = flags.Set(flag.Name, lines[0])
	}
	if err != nil {
		return fmt.Errorf("the variable %s: %s is not a valid %s", name, path, flag.Value.Type())
	}
	return nil
}

func isSecret(flag *pflag.Flag) bool { return slices.Contains(secretFlags, flag.Name) }
