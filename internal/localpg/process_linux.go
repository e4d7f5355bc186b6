package localpg

import (
	"os"
	"strconv"
	"strings"
)

// isPostgres reports whether a process is a live PostgreSQL. A process that has ended but that
// nobody has waited for (in a container whose first process does not) is not live.
func isPostgres(pid int) bool {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	// The format is: pid (name) state …, where the name may itself hold parentheses.
	stat := string(raw)
	open, end := strings.IndexByte(stat, '('), strings.LastIndexByte(stat, ')')
	if open < 0 || end < open || end+2 >= len(stat) {
		return false
	}
	name, state := stat[open+1:end], stat[end+2]
	return strings.Contains(name, "postgres") && state != 'Z' && state != 'X'
}
