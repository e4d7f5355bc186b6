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

// contentTypes holds the type of every kind of file that a build has. Go's own table depends on what
// the machine it runs on knows.
var contentTypes = map[string]string{
	".css":  "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".md":   "text/markdown; charset=utf-8",
	".svg":  "image/svg+xml",
	".ttf":  "font/ttf",
	".txt":  "text/plain; charset=utf-8",
}

// asset is one file of a build.
type asset struct {
	contentType  string
	cacheControl string
	etag         string // of the uncompressed form, without quotes
	compressed   []byte
	// plain is the uncompressed form, made when a client first needs it: browsers never do.
	plain func() ([]byte, error)
}

// newAsset takes the gzip form of the file with a name.
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

// compressedAsset makes the asset of a file that is not compressed yet.
func compressedAsset(name string, content []byte) (asset, error) {
	var compressed bytes.Buffer
	writer := gzip.NewWriter(&compressed)
	_, err := writer.Write(content)
	if err := errors.Join(err, writer.Close()); err != nil {
		return asset{}, err
	}
	return newAsset(name, compressed.Bytes())
}
