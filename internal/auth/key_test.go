package auth

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// testKeys holds a signing key and other keys in files.
type testKeys struct {
	dir     string
	signing string
}

func newTestKeys(t testing.TB) testKeys {
	t.Helper()
	dir := t.TempDir()
	keys := testKeys{dir: dir, signing: filepath.Join(dir, "signing.pem")}
	require.NoError(t, CreateKey(keys.signing))
	return keys
}

func (k testKeys) load(t testing.TB, verification ...string) *Keys {
	t.Helper()
	keys, err := LoadKeys(k.signing, verification)
	require.NoError(t, err)
	return keys
}

func (k testKeys) private() ed25519.PrivateKey {
	read, err := readKeys(k.signing)
	if err != nil {
		panic(err)
	}
	return read[0].private
}

// public returns the signing key's public half as PEM.
func (k testKeys) public(t testing.TB) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(k.private().Public())
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func TestCreateKey(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key.pem")
	require.NoError(t, CreateKey(path))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
	first, err := os.ReadFile(path)
	require.NoError(t, err)

	require.NoError(t, CreateKey(path))
	second, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, first, second, "a key that is there stays")
	requireAlone(t, path)

	missing := filepath.Join(t.TempDir(), "missing", "key.pem")
	require.ErrorContains(t, CreateKey(missing), missing)
}

func TestCreateKeyConcurrently(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key.pem")
	ids := make([]string, 16)
	var start, wg sync.WaitGroup
	start.Add(1)
	for i := range ids {
		wg.Go(func() {
			start.Wait()
			if CreateKey(path) == nil {
				if keys, err := LoadKeys(path, nil); err == nil {
					ids[i] = keys.signing.KeyID
				}
			}
		})
	}
	start.Done()
	wg.Wait()
	require.NotEmpty(t, ids[0])
	for _, id := range ids {
		require.Equal(t, ids[0], id)
	}
	requireAlone(t, path)
}

// requireAlone checks that no other file is left in the directory.
func requireAlone(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

// RFC 8037, A.2 and A.3 contain this key and its thumbprint.
func TestKeyID(t *testing.T) {
	t.Parallel()
	seed, err := base64.RawURLEncoding.DecodeString("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(ed25519.NewKeyFromSeed(seed))
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "key.pem")
	// As a container mounts its secrets: readable by every user.
	require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o444))
	keys, err := LoadKeys(path, nil)
	require.NoError(t, err)
	require.Equal(t, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", keys.signing.KeyID)
	require.Len(t, keys.public, 1)
	require.Equal(t, "signing with kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k, verifying with kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", fmt.Sprintf("%+v", keys))
}

func TestLoadKeys(t *testing.T) {
	t.Parallel()
	one, two, three := newTestKeys(t), newTestKeys(t), newTestKeys(t)
	path := filepath.Join(t.TempDir(), "several.pem")
	private, err := os.ReadFile(three.signing)
	require.NoError(t, err)
	several := bytes.Join([][]byte{[]byte("the keys of last year\n"), two.public(t), one.public(t), private, []byte("\n# end\n")}, nil)
	require.NoError(t, os.WriteFile(path, several, 0o600))

	keys := one.load(t, path, two.signing)
	require.Len(t, keys.public, 3)
	for _, each := range []testKeys{one, two, three} {
		require.Contains(t, keys.public, each.load(t).signing.KeyID)
	}
	require.Equal(t, one.load(t).signing, keys.signing)
}

func TestLoadKeysErrors(t *testing.T) {
	t.Parallel()
	good := newTestKeys(t)
	private, err := os.ReadFile(good.signing)
	require.NoError(t, err)
	rsaDER, err := x509.MarshalPKCS8PrivateKey(rsaKeys()[0])
	require.NoError(t, err)
	secret := strings.Split(string(private), "\n")[1]
	junk := make([]byte, 48)
	_, _ = rand.Read(junk)

	for name, test := range map[string]struct {
		content      string
		signing      string // error as the signing key
		verification string // error as a verification key
	}{
		"empty":            {"", "contains no PEM block", "contains no PEM block"},
		"no PEM":           {"secret", "contains no PEM block", "contains no PEM block"},
		"cut off":          {string(private[:len(private)-10]), "damaged or truncated", "damaged or truncated"},
		"second cut off":   {string(private) + string(private[:40]), "damaged or truncated", "damaged or truncated"},
		"first cut off":    {string(private[:60]) + "\n" + string(private), "damaged or truncated", "damaged or truncated"},
		"not base64":       {strings.Replace(string(private), secret[:4], "!!!!", 1), "damaged or truncated", "damaged or truncated"},
		"wrong content":    {block("PRIVATE KEY", junk), "is not a key in PKCS#8", "is not a key in PKCS#8"},
		"wrong public":     {block("PUBLIC KEY", junk), "is not a key in PKCS#8", "is not a key in PKCS#8"},
		"RSA":              {block("PRIVATE KEY", rsaDER), "not an Ed25519 key", "not an Ed25519 key"},
		"encrypted":        {block("ENCRYPTED PRIVATE KEY", junk), "encrypted key is not supported", "encrypted key is not supported"},
		"certificate":      {block("CERTIFICATE", junk), "is neither", "is neither"},
		"public key":       {string(good.public(t)), "must hold one private key", ""},
		"two keys":         {string(private) + string(private), "must hold one private key", ""},
		"public beside it": {string(private) + string(good.public(t)), "must hold one private key", ""},
		"good and bad":     {string(good.public(t)) + block("PUBLIC KEY", junk), "block 2 is not", "block 2 is not"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "key.pem")
			require.NoError(t, os.WriteFile(path, []byte(test.content), 0o600))
			check := func(want, which string, err error) {
				t.Helper()
				if want == "" {
					require.NoError(t, err)
					return
				}
				require.ErrorContains(t, err, want)
				require.ErrorContains(t, err, path)
				require.ErrorContains(t, err, which)
				require.NotContains(t, err.Error(), secret)
			}
			_, err := LoadKeys(path, nil)
			check(test.signing, "signing key", err)
			_, err = LoadKeys(good.signing, []string{path})
			check(test.verification, "verification key", err)
		})
	}
	missing := filepath.Join(t.TempDir(), "missing.pem")
	_, err = LoadKeys(missing, nil)
	require.ErrorContains(t, err, missing)
	_, err = LoadKeys(good.signing, []string{missing})
	require.ErrorContains(t, err, missing)
}

func block(kind string, content []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}))
}
