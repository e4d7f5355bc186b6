//go:build unix

package localpg

import (
	"maps"
	"slices"
	"strings"
)

// serverSettings returns the arguments of postgres for a small server that listens only on its socket. The command line
// overrides postgresql.conf and ALTER SYSTEM, so that neither can change durability.
func (c *cluster) serverSettings() []string {
	durability := "off"
	if c.durable {
		durability = "on"
	}
	settings := map[string]string{
		"listen_addresses":        "",
		"unix_socket_directories": quoteListItem(c.socketDir()),
		"unix_socket_permissions": "0700",
		"port":                    socketPort,

		"fsync":              durability,
		"synchronous_commit": durability,
		"full_page_writes":   durability,

		"max_connections": "100",
		"shared_buffers":  "256MB",
		"jit":             "off", // compiling costs more than it saves on short statements
		"timezone":        "UTC",
		"log_timezone":    "UTC",

		"logging_collector": "off",
		"log_destination":   "stderr",
		"log_line_prefix":   "%m [%p] %d ",
		"max_wal_size":      "1GB",

		// The commit stream (package changes) reads the log. A stream that stops reading must not keep it without end.
		"wal_level":              "logical",
		"max_wal_senders":        "10",
		"max_replication_slots":  "10",
		"max_slot_wal_keep_size": "4GB",
	}
	if !c.durable {
		settings["wal_level"] = "minimal"
		settings["max_wal_senders"] = "0" // required by wal_level=minimal
	}
	maps.Copy(settings, c.settings)

	var args []string
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	return args
}

// quoteListItem quotes a path for a setting that is a list, because of commas and spaces.
func quoteListItem(item string) string {
	return `"` + strings.ReplaceAll(item, `"`, `""`) + `"`
}
