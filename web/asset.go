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

// asset is a file of a build.
type asset struct {
	contentType  string
	cacheControl string
	etag         string // of the uncompressed form, without quotes
	compressed   []byte
	// plain is the uncompressed form. It is made at the first request without gzip; browsers always accept gzip.
	plain func() ([]byte, error)
}

// newAsset returns the asset of a file from its gzip form.
func newAsset(name string, compressed []byte) (asset, error) {
	contentType, ok := contentTypes[path.Ext(name)]
	if !ok {
		return asset{}, fmt.Errorf("%s: the content type of %q is not known", name, path.Ext(name))
	}
	cacheControl := "no-cache"
	if strings.HasPrefix(name, "assets/") { // where names carry a hash of the content
		cacheControl = "public, max-age=31536000, immutable"
	}
	sum := sha256.Sum256(compressed)
	return asset{
		contentType:  contentType,
		cacheControl: cacheControl,
		etag:         hex.EncodeToString(sum[:8]),
		compressed:   compressed,
		plain: sync.OnceValues(func() ([]byte, error) {
			reader, err := gzip.NewReader(bytes.NewReader(compressed))
			if err != nil {
				return nil, err
			}
			return io.ReadAll(reader)
		}),
	}, nil
}

// compressedAsset returns the asset of an uncompressed file.
func compressedAsset(name string, content []byte) (asset, error) {
	var compressed bytes.Buffer
	writer := gzip.NewWriter(&compressed)
	_, err := writer.Write(content)
	if err := errors.Join(err, writer.Close()); err != nil {
		return asset{}, err
	}
	return newAsset(name, compressed.Bytes())
}
