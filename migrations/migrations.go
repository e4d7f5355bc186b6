// Package migrations embeds the versioned migrations, which Atlas's command line
// and internal/store/migrate both apply.
package migrations

import "embed"

// FS holds the migration files and atlas.sum, which seals them.
//
//go:embed *.sql atlas.sum
var FS embed.FS
