package auth

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"followgraph/internal/localfile"
)

// Keys holds the Ed25519 keys of local tokens: the signing key, and all keys whose tokens are accepted, including the
// signing key. A key's id is its thumbprint (RFC 7638).
//
// To rotate the signing key, first add the public half of the new key on every instance. Then sign with the new key and
// keep the old one for verification. Remove the old key when the last token that it signed has expired.
type Keys struct {
	signing jose.JSONWebKey
	public  map[string]ed25519.PublicKey // by id
}

// LoadKeys reads the signing key, a single private key (PKCS#8), and further keys whose tokens are accepted. A file may
// contain several of these: public keys (PKIX), or private keys (PKCS#8) whose public half is used. All files are PEM,
// as `openssl genpkey -algorithm ed25519` and `openssl pkey -pubout` write it.
//
// Errors name the file, which must be a regular file. Its mode is not checked, because every user of a container can
// usually read the secrets that are mounted into it.
func LoadKeys(signing string, verification []string) (*Keys, error) {
	private, err := readKeys(signing)
	if err != nil {
		return nil, fmt.Errorf("the signing key: %w", err)
	}
	if len(private) != 1 || private[0].private == nil {
		return nil, fmt.Errorf("the signing key: %s must hold one private key and nothing else", signing)
	}
	keys := &Keys{
		signing: jose.JSONWebKey{Key: private[0].private, KeyID: private[0].id},
		public:  map[string]ed25519.PublicKey{private[0].id: private[0].public},
	}
	for _, path := range verification {
		others, err := readKeys(path)
		if err != nil {
			return nil, fmt.Errorf("a verification key: %w", err)
		}
		for _, other := range others {
			keys.public[other.id] = other.public
		}
	}
	return keys, nil
}

// String names the keys by their ids, so that a log line with Keys shows nothing else.
func (k *Keys) String() string {
	return fmt.Sprintf("signing with %s, verifying with %s", k.signing.KeyID, strings.Join(slices.Sorted(maps.Keys(k.public)), ", "))
}

// CreateKey writes a new private key that only its owner can read, unless the file exists. The file appears complete or
// not at all. If several processes create it at once, one of them wins and all of them load the same key.
func CreateKey(path string) error {
	dir, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("writing a new key to %s: %w", path, err)
	}
	defer dir.Close()
	return CreateKeyIn(dir, filepath.Base(path))
}

// CreateKeyIn is CreateKey in an open directory, even if its path points elsewhere by now.
func CreateKeyIn(dir *os.Root, name string) error {
	if _, err := dir.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("generating a key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return fmt.Errorf("generating a key: %w", err)
	}
	if err := createFile(dir, name, pem.EncodeToMemory(&pem.Block{Type: privateBlock, Bytes: der})); err != nil {
		return fmt.Errorf("writing a new key to %s: %w", filepath.Join(dir.Name(), name), err)
	}
	return nil
}

// createFile creates a file and does not change an existing one. It uses a link because a link, unlike a rename, fails
// if the name exists.
func createFile(dir *os.Root, name string, content []byte) (err error) {
	temporary := name + "." + rand.Text()
	file, err := dir.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Remove(temporary)) }()
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := dir.Link(temporary, name); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	entries, err := dir.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(entries.Sync(), entries.Close())
}

// maxKeyFile limits the size of a key file, in bytes.
const maxKeyFile = 1 << 20

const (
	privateBlock = "PRIVATE KEY"
	publicBlock  = "PUBLIC KEY"
)

// key is one key of a file; private is nil if the file contains only the public half.
type key struct {
	id      string
	public  ed25519.PublicKey
	private ed25519.PrivateKey
}

func readKeys(path string) ([]key, error) {
	rest, err := localfile.Read(path, maxKeyFile)
	if err != nil {
		return nil, err
	}
	// Decode silently skips a block that is truncated or damaged.
	blocks := bytes.Count(rest, []byte("-----BEGIN "))
	var keys []key
	for range blocks {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return nil, fmt.Errorf("%s: a PEM block is damaged or truncated", path)
		}
		key, err := parseKey(block)
		if err != nil {
			return nil, fmt.Errorf("%s: PEM block %d %w", path, len(keys)+1, err)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("%s contains no PEM block: create a key with `openssl genpkey -algorithm ed25519`", path)
	}
	return keys, nil
}

// parseKey never returns a parser's error, because it might quote the key.
func parseKey(block *pem.Block) (key, error) {
	var parsed any
	var err error
	switch block.Type {
	case privateBlock:
		parsed, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case publicBlock:
		parsed, err = x509.ParsePKIXPublicKey(block.Bytes)
	default:
		return key{}, fmt.Errorf("is neither a %s nor a %s (an encrypted key is not supported)", privateBlock, publicBlock)
	}
	if err != nil {
		return key{}, errors.New("is not a key in PKCS#8 or PKIX form")
	}
	var result key
	switch parsed := parsed.(type) {
	case ed25519.PrivateKey:
		public, _ := parsed.Public().(ed25519.PublicKey)
		result = key{public: public, private: parsed}
	case ed25519.PublicKey:
		result = key{public: parsed}
	default:
		return key{}, errors.New("is not an Ed25519 key")
	}
	thumbprint, err := (&jose.JSONWebKey{Key: result.public}).Thumbprint(crypto.SHA256)
	if err != nil {
		return key{}, errors.New("has no thumbprint")
	}
	result.id = base64.RawURLEncoding.EncodeToString(thumbprint)
	return result, nil
}
