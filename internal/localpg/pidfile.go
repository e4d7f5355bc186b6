//go:build unix

package localpg

import (
	"strconv"
	"strings"
)

// filedPid returns the process id in PGDATA's postmaster.pid, 0 if there is none. After a crash of the server or the
// machine the id is stale, and may belong to another program.
func (c *cluster) filedPid() int {
	data, err := c.dataDir.sub(dataName)
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

// livePid returns the process id in postmaster.pid if it is a running PostgreSQL, else 0.
func (c *cluster) livePid() int {
	if pid := c.filedPid(); pid != 0 && isPostgres(pid) {
		return pid
	}
	return 0
}
