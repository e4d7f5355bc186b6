// Package web serves the web pages from the committed and embedded build in dist.
package web

import (
	"bytes"
	"embed"
	"io/fs"
	"net/http"
)

// The bundler chooses the names of files, so files with a leading underscore are included too.
//
//go:embed all:dist
var dist embed.FS

// The manifests of the pages are committed: the server must know their documents.
var (
	//go:embed playground/persisted-documents.json
	playgroundDocuments []byte
	//go:embed explorer/__generated__/persisted-documents.json
	explorerDocuments []byte
)

// policy forbids loading from other hosts. Editors and drawings need inline styles, and small icons and fonts are data:
// URLs. For connect-src, 'self' includes WebSockets of the same host and port (CSP 3, "Does url match expression in origin with redirect count?").
const policy = "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; " +
	"font-src 'self' data:; img-src 'self' data:; style-src 'self' 'unsafe-inline'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Playground serves GraphiQL for the API at /graphql of the same origin. Mount it at both /playground and /playground/,
// without stripping the prefix. It links to the explorer if there is one.
func Playground(explorer bool) http.Handler {
	p := embeddedPage("playground", "/playground")
	if !explorer {
		if err := p.cut(explorerLink); err != nil {
			panic("web: the embedded build of playground is broken, build it again: " + err.Error())
		}
	}
	return p
}

// explorerLink is the element of the playground's page with the address of the explorer.
const explorerLink = `<meta name="explorer" content="/" />`

// PlaygroundDocuments is the manifest of the playground's persisted documents: the sign-in, and the users that the ready
// queries name.
func PlaygroundDocuments() []byte {
	return bytes.Clone(playgroundDocuments)
}

// Explorer serves the page that shows the graph, for the API at /graphql of the same origin. Mount it at /. If
// playground is true, it links to the playground. The handler missing serves the same page with status 404.
func Explorer(playground bool) (explorer, missing http.Handler) {
	p := embeddedPage("explorer", "", explorerViews...)
	if !playground {
		if err := p.cut(playgroundLink); err != nil {
			panic("web: the embedded build of explorer is broken, build it again: " + err.Error())
		}
	}
	return p, http.HandlerFunc(p.serveMissing)
}

// explorerViews are the addresses of the explorer: see explorer/address.ts. A username has at least one character.
var explorerViews = []string{
	"account", "search", "paths/?*", "paths/?*/?*", "compare/?*", "compare/?*/?*", "compare/?*/?*/following",
	"users/?*", "users/?*/followers", "users/?*/top-followers", "users/?*/following", "users/?*/top-following",
	"users/?*/friends", "users/?*/known", "users/?*/drawing",
}

// playgroundLink is the element of the explorer's page with the address of the playground.
const playgroundLink = `<meta name="playground" content="/playground" />`

// ExplorerDocuments is the manifest of the explorer's persisted documents. The API must know them.
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
		panic("web: the embedded build of " + folder + " is broken, build it again: " + err.Error())
	}
	return p
}
