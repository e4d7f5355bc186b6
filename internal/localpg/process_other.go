//go:build unix && !linux

package localpg

import (
	"os/exec"
	"strconv"
	"strings"
)

// isPostgres reports whether a process is a running PostgreSQL. A zombie is not running.
func isPostgres(pid int) bool {
	out, err := exec.Command("ps", "-o", "state=,comm=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return false
	}
	state, name, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	return strings.Contains(name, "postgres") && !strings.HasPrefix(state, "Z")
}
