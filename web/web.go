// Package web serves the pages for browsers, out of the build that is committed in dist and embedded.
package web

import (
	"bytes"
	"embed"
	"io/fs"
	"net/http"
)

// What a build may name is up to the bundler, so that names with a leading underscore count too.
//
//go:embed all:dist
var dist embed.FS

// The documents that pages name are committed beside them: the server has to know them to answer the page.
var (
	//go:embed playground/persisted-documents.json
	playgroundDocuments []byte
	//go:embed explorer/__generated__/persisted-documents.json
	explorerDocuments []byte
)

// policy lets a page load nothing from any other host. Inline styles are what editors and drawings are coloured with,
// data: holds small icons and fonts.
const policy = "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; " +
	"font-src 'self' data:; img-src 'self' data:; style-src 'self' 'unsafe-inline'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Playground serves GraphiQL for the API at /graphql of the same origin. It is to be mounted at both
// /playground and /playground/, with the path left whole.
func Playground() http.Handler {
	return embeddedPage("playground", "/playground")
}

// PlaygroundDocuments is the manifest of the persisted documents that the playground names: that by which people sign in.
func PlaygroundDocuments() []byte {
	return bytes.Clone(playgroundDocuments)
}

// Explorer serves the page that shows the graph, for the API at /graphql of the same origin. It is to be mounted at /.
// It names the playground where there is one.
func Explorer(playground bool) http.Handler {
	p := embeddedPage("explorer", "", "users/")
	if !playground {
		if err := p.cut(playgroundLink); err != nil {
			panic("web: the embedded build of explorer is broken, build it anew: " + err.Error())
		}
	}
	return p
}

// playgroundLink is by what the explorer's page knows of the playground.
const playgroundLink = `<meta name="playground" content="/playground" />`

// ExplorerDocuments is the manifest of the persisted documents that the explorer names: the API must know them.
func ExplorerDocuments() []byte {
	return bytes.Clone(explorerDocuments)
}

func embeddedPage(folder, mount string, views ...string) *page {
	files, err := fs.Sub(dist, "dist/"+folder)
	if err != nil {
		panic("web: " + err.Error()) // only for a folder name that is no path
	}
	p, err := newPage(files, mount, policy, views...)
	if err != nil {
		panic("web: the embedded build of " + folder + " is broken, build it anew: " + err.Error())
	}
	return p
}
