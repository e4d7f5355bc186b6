// Package adopt moves a live database of the Python service to this program's schema, beside that service.
package adopt

import "embed"

//go:embed sql
var files embed.FS

// statement returns the SQL of a file in the directory sql, which is embedded: a missing one is a fault of the program.
func statement(name string) string {
	content, err := files.ReadFile("sql/" + name + ".sql")
	if err != nil {
		panic(err)
	}
	return string(content)
}
