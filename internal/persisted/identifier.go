package persisted

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// MaxIDBytes bounds a document's id.
const MaxIDBytes = 256

// The prefixes of document identifiers that have a meaning ("GraphQL over HTTP", appendix Persisted Documents, Prefixed
// Document Identifier).
const (
	hashPrefix        = "sha256"
	applicationPrefix = "x-"
)

// CheckID tells what is wrong with a document identifier ("GraphQL over HTTP", appendix Persisted Documents, Document
// identifier syntax), nil where it is well formed. The error does not repeat it.
func CheckID(id string) error {
	if id == "" {
		return errors.New("it is empty")
	}
	if len(id) > MaxIDBytes {
		return fmt.Errorf("it has %d bytes, at most %d are allowed", len(id), MaxIDBytes)
	}
	for at := range len(id) {
		if !unreserved(id[at]) && id[at] != ':' {
			return fmt.Errorf("its byte %d is none of : - . _ ~ A-Z a-z 0-9", at+1)
		}
	}
	prefix, payload, prefixed := strings.Cut(id, ":")
	switch {
	case !prefixed: // Custom Document Identifier
		return nil
	case payload == "":
		return errors.New("nothing follows its prefix")
	case strings.HasPrefix(prefix, applicationPrefix):
		return nil
	case prefix != hashPrefix:
		return fmt.Errorf("its prefix is reserved: only %s: and those that begin with %s may be used", hashPrefix, applicationPrefix)
	}
	// SHA256 Hex Document Identifier
	if _, ok := parseHash(payload); !ok || payload != strings.ToLower(payload) {
		return fmt.Errorf("%s: is not followed by %d lower-case hexadecimal digits", hashPrefix, hex.EncodedLen(sha256.Size))
	}
	return nil
}

// unreserved tells whether a character may stand in any part of an identifier (the same section; RFC 3986, 2.3).
func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

// Hash is the SHA-256 of a text in lower-case hexadecimal: what automatic persisted queries call sha256Hash, and the
// payload of a SHA256 hex document identifier.
func Hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// parseHash reads a SHA-256 in hexadecimal of either case.
func parseHash(hash string) (sum digest, ok bool) {
	if len(hash) != hex.EncodedLen(sha256.Size) {
		return sum, false
	}
	_, err := hex.Decode(sum[:], []byte(hash))
	return sum, err == nil
}

// key is the form of an id in which it is looked up: a hash without its prefix may be in either case.
func key(id string) string {
	if _, ok := parseHash(id); ok {
		return strings.ToLower(id)
	}
	return id
}
