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

// Keys are the Ed25519 keys of local tokens: one that signs, and those whose tokens are accepted, the signing key's
// among them. A key's id is its thumbprint (RFC 7638).
//
// To rotate: put the new key's public half on every instance, then sign with it and keep the old one for verification,
// and remove that when the last token that it signed has expired.
type Keys struct {
	signing jose.JSONWebKey
	public  map[string]ed25519.PublicKey // by id
}

// LoadKeys reads the signing key, one private key (PKCS#8), and further keys whose tokens are accepted, several to a
// file if need be: public ones (PKIX), or private ones (PKCS#8), of which the public half is used. All are PEM files, as
// `openssl genpkey -algorithm ed25519` and `openssl pkey -pubout` write them.
//
// Errors name the file, which must be a regular one. Its mode is not looked at: secrets that are mounted into a container are commonly readable by
// everyone in there.
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

// String names the keys by their ids, so that Keys in a log line show nothing else.
func (k *Keys) String() string {
	return fmt.Sprintf("signing with %s, verifying with %s", k.signing.KeyID, strings.Join(slices.Sorted(maps.Keys(k.public)), ", "))
}

// CreateKey writes a new private key, for its owner's eyes only, unless there is a file already. The file appears whole
// or not at all, and of several processes that create it at once one wins: all of them then load the same key.
func CreateKey(path string) error {
	dir, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("writing a new key to %s: %w", path, err)
	}
	defer dir.Close()
	return CreateKeyIn(dir, filepath.Base(path))
}

// CreateKeyIn is CreateKey in a directory that is open already, whatever its path leads to meanwhile.
func CreateKeyIn(dir *os.Root, name string) error {
	if _, err := dir.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("making a key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return fmt.Errorf("making a key: %w", err)
	}
	if err := createFile(dir, name, pem.EncodeToMemory(&pem.Block{Type: privateBlock, Bytes: der})); err != nil {
		return fmt.Errorf("writing a new key to %s: %w", filepath.Join(dir.Name(), name), err)
	}
	return nil
}

// createFile leaves a file alone that is there. A link, unlike a rename, fails for a name that is taken.
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

// maxKeyFile bounds what is read of a file of keys, in bytes.
const maxKeyFile = 1 << 20

const (
	privateBlock = "PRIVATE KEY"
	publicBlock  = "PUBLIC KEY"
)

// key is one key of a file; private is nil where the file holds the public half alone.
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
	// Decode passes over a block that is cut off or damaged without a word.
	blocks := bytes.Count(rest, []byte("-----BEGIN "))
	var keys []key
	for range blocks {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return nil, fmt.Errorf("%s: a PEM block is damaged or cut off", path)
		}
		key, err := parseKey(block)
		if err != nil {
			return nil, fmt.Errorf("%s: PEM block %d %w", path, len(keys)+1, err)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("%s holds no PEM block: a key is made with `openssl genpkey -algorithm ed25519`", path)
	}
	return keys, nil
}

// parseKey never passes on a parser's error: it might quote the key.
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
		return key{}, errors.New("is a key of another algorithm than Ed25519")
	}
	thumbprint, err := (&jose.JSONWebKey{Key: result.public}).Thumbprint(crypto.SHA256)
	if err != nil {
		return key{}, errors.New("has no thumbprint")
	}
	result.id = base64.RawURLEncoding.EncodeToString(thumbprint)
	return result, nil
}
