package web

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// page serves a built page: its index.html at the mount, all other files below it.
type page struct {
	mount  string
	policy string
	views  []string
	assets map[string]asset // by the path below the mount
}

// newPage returns a page with all files of a build. The mount is a path without a slash at its end, "" for the root.
// The policy is the Content-Security-Policy. The views are patterns of [path.Match] for further paths below the mount,
// escaped as in a URL. The page also serves these paths, with or without a slash at the end, and its script decides what to
// show.
func newPage(files fs.FS, mount, policy string, views ...string) (*page, error) {
	p := &page{mount: mount, policy: policy, views: views, assets: map[string]asset{}}
	err := fs.WalkDir(files, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, ok := strings.CutSuffix(file, ".br")
		if !ok {
			return fmt.Errorf("%s is not compressed", file)
		}
		compressed, err := fs.ReadFile(files, file)
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
		return nil, fmt.Errorf("index.html.br: %w", fs.ErrNotExist)
	}
	// The page has a single address.
	p.assets[""] = index
	delete(p.assets, "index.html")
	return p, nil
}

func (p *page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	p.setPolicies(header)
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "This is a page: only GET and HEAD work here.", http.StatusMethodNotAllowed)
		return
	}
	name, below := strings.CutPrefix(r.URL.Path, p.mount)
	found, ok := p.assets[strings.TrimPrefix(name, "/")]
	if !ok && p.isView(r.URL.EscapedPath()) {
		found, ok = p.assets[""], true
	}
	if !below || !ok {
		p.notFound(w, r)
		return
	}

	form, ok := p.begin(w, r, found)
	if !ok {
		return
	}
	header.Set("ETag", strconv.Quote(form.etag))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(form.body))
}

// setPolicies sets the headers of every response, not only of the page: the policy of a worker comes with its script.
func (p *page) setPolicies(header http.Header) {
	header.Set("Content-Security-Policy", p.policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
}

// begin chooses the form of an asset and sets its headers. If that fails, it responds and returns false.
func (p *page) begin(w http.ResponseWriter, r *http.Request, found asset) (form, bool) {
	form, err := found.form(r.Header.Values("Accept-Encoding"))
	if err != nil {
		http.Error(w, "The embedded build is broken.", http.StatusInternalServerError)
		return form, false
	}
	header := w.Header()
	header.Add("Vary", "Accept-Encoding")
	if form.coding != "" {
		header.Set("Content-Encoding", form.coding)
	}
	header.Set("Cache-Control", found.cacheControl)
	header.Set("Content-Type", found.contentType)
	// ServeContent omits the length if there is a Content-Encoding.
	header.Set("Content-Length", strconv.Itoa(len(form.body)))
	return form, true
}

// notFound responds to an unknown address. Browsers get the page if it has views: it shows an error and a link.
func (p *page) notFound(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Vary", "Accept")
	if len(p.views) == 0 || !strings.Contains(r.Header.Get("Accept"), "text/html") {
		http.NotFound(w, r)
		return
	}
	p.serveMissing(w, r)
}

// serveMissing responds with the page and status 404: the page shows that there is nothing.
func (p *page) serveMissing(w http.ResponseWriter, r *http.Request) {
	p.setPolicies(w.Header())
	form, ok := p.begin(w, r, p.assets[""])
	if !ok {
		return
	}
	w.WriteHeader(http.StatusNotFound)
	if r.Method == http.MethodGet {
		_, _ = w.Write(form.body) // a client that is gone needs no answer
	}
}

// isView reports whether an escaped path is one of the views.
func (p *page) isView(escaped string) bool {
	name := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(escaped, p.mount), "/"), "/")
	return slices.ContainsFunc(p.views, func(view string) bool {
		matches, err := path.Match(view, name)
		return err == nil && matches
	})
}

// cut removes a text from the index.html.
func (p *page) cut(text string) error {
	whole, err := p.assets[""].plain()
	if err != nil {
		return err
	}
	rest := bytes.Replace(whole, []byte(text), nil, 1)
	if len(rest) == len(whole) {
		return fmt.Errorf("index.html: there is no %s", text)
	}
	p.assets[""], err = changedAsset("index.html", rest)
	return err
}
