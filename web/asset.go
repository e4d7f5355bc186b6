package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

// contentTypes is the content type of each kind of file in a build. Go's table depends on the configuration of the
// machine.
var contentTypes = map[string]string{
	".css":  "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".md":   "text/markdown; charset=utf-8",
	".svg":  "image/svg+xml",
	".ttf":  "font/ttf",
	".txt":  "text/plain; charset=utf-8",
}

// asset is a file of a build, with a form for each content coding.
type asset struct {
	contentType  string
	cacheControl string
	etag         string // of the plain form, without quotes
	// brotli is the form of the build. It is empty for a file that the program has changed.
	brotli []byte
	// gzip and plain are made at the first request for them. Browsers accept Brotli from HTTPS and from localhost.
	gzip, plain func() ([]byte, error)
}

// newAsset returns the asset of a file from its Brotli form.
func newAsset(name string, compressed []byte) (asset, error) {
	return assetOf(name, compressed, sync.OnceValues(func() ([]byte, error) {
		return io.ReadAll(brotli.NewReader(bytes.NewReader(compressed)))
	}))
}

// changedAsset returns the asset of a file from its plain form.
func changedAsset(name string, plain []byte) (asset, error) {
	changed, err := assetOf(name, plain, func() ([]byte, error) { return plain, nil })
	changed.brotli = nil
	return changed, err
}

func assetOf(name string, content []byte, plain func() ([]byte, error)) (asset, error) {
	contentType, ok := contentTypes[path.Ext(name)]
	if !ok {
		return asset{}, fmt.Errorf("%s: the content type of %q is not known", name, path.Ext(name))
	}
	cacheControl := "no-cache"
	if strings.HasPrefix(name, "assets/") { // where names carry a hash of the content
		cacheControl = "public, max-age=31536000, immutable"
	}
	sum := sha256.Sum256(content)
	return asset{
		contentType:  contentType,
		cacheControl: cacheControl,
		etag:         hex.EncodeToString(sum[:8]),
		brotli:       content,
		plain:        plain,
		gzip: sync.OnceValues(func() ([]byte, error) {
			bytes, err := plain()
			if err != nil {
				return nil, err
			}
			return gzipped(bytes)
		}),
	}, nil
}

func gzipped(content []byte) ([]byte, error) {
	var compressed bytes.Buffer
	writer, _ := gzip.NewWriterLevel(&compressed, gzip.BestCompression) // an error is only for an invalid level
	_, err := writer.Write(content)
	err = errors.Join(err, writer.Close())
	return compressed.Bytes(), err
}

// form is a form of an asset.
type form struct {
	coding string // for Content-Encoding, "" for the plain form
	etag   string // without quotes
	body   []byte
}

// form returns the smallest form that a client with these Accept-Encoding headers accepts.
func (a asset) form(headers []string) (form, error) {
	if len(a.brotli) > 0 && accepts(headers, "br") {
		return form{"br", a.etag + "-br", a.brotli}, nil
	}
	if accepts(headers, "gzip", "x-gzip") {
		body, err := a.gzip()
		return form{"gzip", a.etag + "-gzip", body}, err
	}
	body, err := a.plain()
	return form{"", a.etag, body}, err
}
