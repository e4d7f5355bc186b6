package web

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// page serves one built page: its index.html at the mount, everything else below it.
type page struct {
	mount  string
	policy string
	views  []string
	assets map[string]asset // by the path below the mount
}

// newPage takes in all files of a build. The mount is a path without a slash at its end, "" for the
// root; the policy is the Content-Security-Policy. The views are the beginnings of further paths below the
// mount that are the page's: its script shows what their rest names.
func newPage(files fs.FS, mount, policy string, views ...string) (*page, error) {
	p := &page{mount: mount, policy: policy, views: views, assets: map[string]asset{}}
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, ok := strings.CutSuffix(path, ".gz")
		if !ok {
			return fmt.Errorf("%s is not compressed", path)
		}
		compressed, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		p.assets[name], err = newAsset(name, compressed)
		return err
	})
	if err != nil {
		return nil, err
	}
	index, ok := p.assets["index.html"]
	if !ok {
		return nil, fmt.Errorf("index.html.gz: %w", fs.ErrNotExist)
	}
	// The page has one address.
	p.assets[""] = index
	delete(p.assets, "index.html")
	return p, nil
}

func (p *page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	// On every answer, not on the page alone: a worker is held to the policy of its own script.
	header.Set("Content-Security-Policy", p.policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")

	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "This is a page: only GET and HEAD work here.", http.StatusMethodNotAllowed)
		return
	}
	path, below := strings.CutPrefix(r.URL.Path, p.mount)
	found, ok := p.find(strings.TrimPrefix(path, "/"))
	if !below || !ok {
		p.notFound(w, r)
		return
	}

	body, err := found.compressed, error(nil)
	etag := found.etag + "-gzip"
	header.Set("Vary", "Accept-Encoding")
	if acceptsGzip(r.Header.Values("Accept-Encoding")) {
		header.Set("Content-Encoding", "gzip")
	} else if body, err = found.plain(); err != nil {
		http.Error(w, "The embedded build is broken.", http.StatusInternalServerError)
		return
	} else {
		etag = found.etag
	}
	header.Set("ETag", strconv.Quote(etag))
	header.Set("Cache-Control", found.cacheControl)
	header.Set("Content-Type", found.contentType)
	// ServeContent leaves the length out where there is a Content-Encoding.
	header.Set("Content-Length", strconv.Itoa(len(body)))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// notFound answers for an address that nothing is at: to browsers with a page that has views, which says so and leads on.
func (p *page) notFound(w http.ResponseWriter, r *http.Request) {
	index := p.assets[""]
	w.Header().Set("Vary", "Accept")
	if len(p.views) == 0 || !strings.Contains(r.Header.Get("Accept"), "text/html") {
		http.NotFound(w, r)
		return
	}
	body, err := index.plain()
	if err != nil {
		http.Error(w, "The embedded build is broken.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", index.contentType)
	w.Header().Set("Cache-Control", index.cacheControl)
	w.WriteHeader(http.StatusNotFound)
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // a client that is gone needs no answer
	}
}

// find is the file at a path below the mount.
func (p *page) find(path string) (asset, bool) {
	for _, view := range p.views {
		if strings.HasPrefix(path, view) {
			path = ""
		}
	}
	found, ok := p.assets[path]
	return found, ok
}

// cut takes a text out of the page itself.
func (p *page) cut(text string) error {
	whole, err := p.assets[""].plain()
	if err != nil {
		return err
	}
	rest := bytes.Replace(whole, []byte(text), nil, 1)
	if len(rest) == len(whole) {
		return fmt.Errorf("index.html: there is no %s", text)
	}
	p.assets[""], err = compressedAsset("index.html", rest)
	return err
}
