package persisted

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// MaxIDBytes is the maximum length of a document id.
const MaxIDBytes = 256

// The prefixes of document identifiers with a meaning ("GraphQL over HTTP", appendix Persisted Documents, Prefixed
// Document Identifier).
const (
	hashPrefix        = "sha256"
	applicationPrefix = "x-"
)

// CheckID returns an error if a document identifier is malformed ("GraphQL over HTTP", appendix Persisted Documents,
// Document identifier syntax). The error does not contain the id.
func CheckID(id string) error {
	if id == "" {
		return errors.New("it is empty")
	}
	if len(id) > MaxIDBytes {
		return fmt.Errorf("it has %d bytes; the limit is %d", len(id), MaxIDBytes)
	}
	for at := range len(id) {
		if !unreserved(id[at]) && id[at] != ':' {
			return fmt.Errorf("its byte %d is not allowed: use only A-Z a-z 0-9 - . _ ~ and a colon after a prefix", at+1)
		}
	}
	prefix, payload, prefixed := strings.Cut(id, ":")
	switch {
	case !prefixed: // Custom Document Identifier
		return nil
	case payload == "":
		return errors.New("its prefix must be followed by an id")
	case strings.HasPrefix(prefix, applicationPrefix):
		return nil
	case prefix != hashPrefix:
		return fmt.Errorf("its prefix is reserved: use %s: or a prefix that starts with %s", hashPrefix, applicationPrefix)
	}
	// SHA256 Hex Document Identifier
	if _, ok := parseHash(payload); !ok || payload != strings.ToLower(payload) {
		return fmt.Errorf("%s: must be followed by %d lowercase hexadecimal digits", hashPrefix, hex.EncodedLen(sha256.Size))
	}
	return nil
}

// unreserved reports whether a character is allowed in all parts of an identifier (same section; RFC 3986, 2.3).
func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

// Hash returns the SHA-256 of a text in lower-case hexadecimal. Automatic persisted queries call it sha256Hash. It is
// the payload of a SHA256 hex document identifier.
func Hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// parseHash parses a SHA-256 in hexadecimal of either case.
func parseHash(hash string) (sum digest, ok bool) {
	if len(hash) != hex.EncodedLen(sha256.Size) {
		return sum, false
	}
	_, err := hex.Decode(sum[:], []byte(hash))
	return sum, err == nil
}

// key returns the lookup key of an id. A hash without prefix is case-insensitive.
func key(id string) string {
	if _, ok := parseHash(id); ok {
		return strings.ToLower(id)
	}
	return id
}
