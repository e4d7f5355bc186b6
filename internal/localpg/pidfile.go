//go:build unix

package localpg

import (
	"strconv"
	"strings"
)

// filedPid is the process that PGDATA's postmaster.pid names; 0 when there is none. After a crash
// of the server or the machine it is stale, and may even be another program's by now.
func (c *cluster) filedPid() int {
	data, err := c.place.sub(dataName)
	if err != nil {
		return 0
	}
	defer data.close()
	raw, err := data.read("postmaster.pid")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(raw, "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || pid < 0 {
		return 0
	}
	return pid
}

// livePid is the process that postmaster.pid names if that is a live PostgreSQL, else 0.
func (c *cluster) livePid() int {
	if pid := c.filedPid(); pid != 0 && isPostgres(pid) {
		return pid
	}
	return 0
}
