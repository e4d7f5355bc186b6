package localpg

import (
	"os"
	"strconv"
	"strings"
)

// isPostgres reports whether a process is a running PostgreSQL. A zombie, such as in a container whose init process
// does not reap, is not running.
func isPostgres(pid int) bool {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	// The format is: pid (name) state …; the name may contain parentheses.
	stat := string(raw)
	open, end := strings.IndexByte(stat, '('), strings.LastIndexByte(stat, ')')
	if open < 0 || end < open || end+2 >= len(stat) {
		return false
	}
	name, state := stat[open+1:end], stat[end+2]
	return strings.Contains(name, "postgres") && state != 'Z' && state != 'X'
}
