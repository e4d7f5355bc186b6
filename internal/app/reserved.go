package app

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"followgraph/internal/profile"
)

// defaultNames is the entry of --reserved-names for the built-in list.
const defaultNames = "@default"

// maxNamesFile is the maximum size of a file of reserved names, in bytes.
const maxNamesFile = 1 << 20

// reservedNames returns the names of --reserved-names: usernames, files of usernames, and the built-in list.
func reservedNames(entries []string) (profile.Reserved, error) {
	var names []string
	for _, entry := range entries {
		file, isFile := strings.CutPrefix(entry, "@")
		switch {
		case entry == defaultNames:
			names = append(names, profile.ReservedNames...)
		case isFile:
			more, err := readNames(file)
			if err != nil {
				return nil, fmt.Errorf("--reserved-names: %w", err)
			}
			names = append(names, more...)
		default:
			names = append(names, strings.TrimSpace(entry))
		}
	}
	for _, name := range names {
		if profile.CheckUsername(name) != nil {
			return nil, fmt.Errorf("--reserved-names: %q cannot be a username", name)
		}
	}
	return profile.NewReserved(names), nil
}

// readNames reads a file with one name per line. It ignores blank lines, and comments that start with #.
func readNames(path string) (names []string, err error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular(): // reading a pipe or a device may never end
		return nil, fmt.Errorf("%s is not a regular file", path)
	case info.Size() > maxNamesFile:
		return nil, fmt.Errorf("%s is larger than %d bytes", path, maxNamesFile)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	lines := bufio.NewScanner(io.LimitReader(file, maxNamesFile))
	for lines.Scan() {
		name, _, _ := strings.Cut(lines.Text(), "#")
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return names, nil
}
