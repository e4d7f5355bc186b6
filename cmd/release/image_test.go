package main

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/x509"
	"debug/elf"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/stretchr/testify/require"
)

const (
	version = "v1.2.3"
	commit  = "0123456789abcdef0123456789abcdef01234567"
	created = "2026-11-29T20:00:00Z"
)

// runRelease runs the command line on a source and returns its output.
func runRelease(ctx context.Context, source, dist string, args ...string) (string, error) {
	var out bytes.Buffer
	err := run(ctx, append([]string{
		"-source", source, "-dist", dist, "-version", version, "-commit", commit, "-time", created, "-repository", "https://git.example/followgraph",
	}, args...), &out, io.Discard)
	return out.String(), err
}

// TestImage builds the image once for all of its tests.
func TestImage(t *testing.T) {
	t.Parallel()
	dist := t.TempDir()
	out, err := runRelease(t.Context(), "../..", dist, "image")
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	digest := lines[len(lines)-1]

	index := ociTar(t, filepath.Join(dist, "followgraph_v1.2.3_image.oci.tar"))
	built, err := index.Digest()
	require.NoError(t, err)
	require.Equal(t, digest, built.String())
	require.NoError(t, validate.Index(index))
	manifest, err := index.IndexManifest()
	require.NoError(t, err)
	require.Equal(t, map[string]string{
		"org.opencontainers.image.title":       "Followgraph",
		"org.opencontainers.image.description": "A GraphQL API over a follow graph, on PostgreSQL",
		"org.opencontainers.image.version":     version,
		"org.opencontainers.image.revision":    commit,
		"org.opencontainers.image.created":     created,
		"org.opencontainers.image.licenses":    "Apache-2.0",
		"org.opencontainers.image.source":      "https://git.example/followgraph",
		"org.opencontainers.image.url":         "https://git.example/followgraph",
	}, manifest.Annotations)
	require.Len(t, manifest.Manifests, 2)
	images := map[string]v1.Image{}
	for _, descriptor := range manifest.Manifests {
		image, err := index.Image(descriptor.Digest)
		require.NoError(t, err)
		images[descriptor.Platform.String()] = image
	}

	// The subtests are parallel. The group ends before the temporary directory is removed.
	for platform, machine := range map[string]elf.Machine{"linux/amd64": elf.EM_X86_64, "linux/arm64": elf.EM_AARCH64} {
		t.Run(platform, func(t *testing.T) {
			t.Parallel()
			checkConfig(t, images[platform], strings.TrimPrefix(platform, "linux/"))
			checkLayers(t, images[platform], machine)
			archive := "followgraph_v1.2.3_image_" + strings.ReplaceAll(platform, "/", "_") + ".docker.tar"
			tag := name.MustParseReference("registry.example/followgraph:v1.2.3").(name.Tag)
			loaded, err := tarball.ImageFromPath(filepath.Join(dist, archive), &tag)
			require.NoError(t, err)
			require.NoError(t, validate.Image(loaded))
			want, err := images[platform].ConfigName()
			require.NoError(t, err)
			got, err := loaded.ConfigName()
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
	t.Run("is reproducible", func(t *testing.T) {
		t.Parallel()
		again, err := runRelease(t.Context(), copySource(t), t.TempDir(), "image")
		require.NoError(t, err)
		require.Contains(t, again, digest)
	})
	t.Run("push", func(t *testing.T) {
		t.Parallel()
		checkPush(t, dist, digest)
	})
	t.Run("run", func(t *testing.T) {
		t.Parallel()
		checkContainer(t, images["linux/"+runtime.GOARCH])
	})
}

// ociTar unpacks an OCI layout and returns its only index.
func ociTar(t *testing.T, path string) v1.ImageIndex {
	t.Helper()
	dir := t.TempDir()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	unpack(t, f, dir)
	root, err := layout.ImageIndexFromPath(dir)
	require.NoError(t, err)
	manifest, err := root.IndexManifest()
	require.NoError(t, err)
	require.Len(t, manifest.Manifests, 1)
	require.Equal(t, "registry.example/followgraph:v1.2.3", manifest.Manifests[0].Annotations["org.opencontainers.image.ref.name"])
	index, err := root.ImageIndex(manifest.Manifests[0].Digest)
	require.NoError(t, err)
	return index
}

// unpack extracts a tar archive of files and directories and returns their headers by name.
func unpack(t *testing.T, archive io.Reader, dir string) map[string]*tar.Header {
	t.Helper()
	headers := map[string]*tar.Header{}
	for reader := tar.NewReader(archive); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return headers
		}
		require.NoError(t, err)
		require.True(t, filepath.IsLocal(header.Name), header.Name)
		headers[header.Name] = header
		path := filepath.Join(dir, header.Name)
		if header.Typeflag == tar.TypeDir {
			require.NoError(t, os.MkdirAll(path, 0o755))
			continue
		}
		content, err := io.ReadAll(reader)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, content, header.FileInfo().Mode()))
	}
}

func checkConfig(t *testing.T, image v1.Image, architecture string) {
	t.Helper()
	file, err := image.ConfigFile()
	require.NoError(t, err)
	require.Equal(t, "linux", file.OS)
	require.Equal(t, architecture, file.Architecture)
	require.Equal(t, created, file.Created.Format(time.RFC3339))
	config := file.Config
	require.Equal(t, "65532:65532", config.User)
	require.Equal(t, []string{"/followgraph"}, config.Entrypoint)
	require.Equal(t, []string{"serve"}, config.Cmd)
	require.Contains(t, config.Env, "FOLLOWGRAPH_LISTEN=:8080")
	require.Contains(t, config.ExposedPorts, "8080/tcp")
	require.Equal(t, []string{"CMD", "/followgraph", "health"}, config.Healthcheck.Test)
	require.Equal(t, version, config.Labels["org.opencontainers.image.version"])
	require.Empty(t, config.Volumes)
}

// checkLayers checks that the image has these files alone, and that no user but root can change them.
func checkLayers(t *testing.T, image v1.Image, machine elf.Machine) {
	t.Helper()
	root := t.TempDir()
	modes := unpackImage(t, image, root)
	require.Equal(t, map[string]int64{
		"etc/": 0o755, "etc/group": 0o644, "etc/passwd": 0o644,
		"etc/ssl/": 0o755, "etc/ssl/certs/": 0o755, "etc/ssl/certs/ca-certificates.crt": 0o644,
		"followgraph": 0o755,
		"usr/":        0o755, "usr/share/": 0o755, "usr/share/doc/": 0o755, "usr/share/doc/followgraph/": 0o755,
		"usr/share/doc/followgraph/LICENSE": 0o644, "usr/share/doc/followgraph/THIRD_PARTY_LICENSES": 0o644,
		"usr/share/doc/followgraph/followgraph.cdx.json": 0o644,
	}, modes)
	checkProgram(t, filepath.Join(root, "followgraph"), machine)
	checkCertificates(t, filepath.Join(root, "etc/ssl/certs/ca-certificates.crt"))
	checkComponents(t, filepath.Join(root, "usr/share/doc/followgraph/followgraph.cdx.json"))
}

// unpackImage extracts the layers of an image and returns the modes of its files.
func unpackImage(t *testing.T, image v1.Image, root string) map[string]int64 {
	t.Helper()
	layers, err := image.Layers()
	require.NoError(t, err)
	modes := map[string]int64{}
	for _, layer := range layers {
		content, err := layer.Uncompressed()
		require.NoError(t, err)
		for path, header := range unpack(t, content, root) {
			require.NotContains(t, modes, path, "two layers have the file")
			require.Zero(t, header.Uid, path)
			require.Zero(t, header.Gid, path)
			modes[path] = header.Mode
		}
		require.NoError(t, content.Close())
	}
	return modes
}

// checkProgram checks that a program is for the machine and needs no dynamic linker.
func checkProgram(t *testing.T, path string, machine elf.Machine) {
	t.Helper()
	program, err := elf.Open(path)
	require.NoError(t, err)
	defer program.Close()
	require.Equal(t, machine, program.Machine)
	for _, segment := range program.Progs {
		require.NotEqual(t, elf.PT_INTERP, segment.Type)
		require.NotEqual(t, elf.PT_DYNAMIC, segment.Type)
	}
}

func checkCertificates(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(text))
	var amazon *x509.Certificate
	count := 0
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		certificate, err := x509.ParseCertificate(block.Bytes)
		require.NoError(t, err)
		if certificate.Subject.CommonName == "Amazon Root CA 1" {
			amazon = certificate
		}
		count++
	}
	require.Greater(t, count, 80)
	require.NotNil(t, amazon, "Cognito's certificates are below this root")
	_, err = amazon.Verify(x509.VerifyOptions{Roots: pool, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	require.NoError(t, err)
}

// checkPush pushes the built image to a registry under two tags and pulls it.
func checkPush(t *testing.T, dist, digest string) {
	t.Helper()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	repository := strings.TrimPrefix(server.URL, "http://") + "/acme/followgraph"
	out, err := runRelease(t.Context(), "../..", dist, "push", repository, repository+":stable")
	require.NoError(t, err)
	require.Equal(t, repository+":v1.2.3@"+digest+"\n"+repository+":stable@"+digest+"\n", out)
	for _, tag := range []string{":v1.2.3", ":stable"} {
		reference, err := name.ParseReference(repository + tag)
		require.NoError(t, err)
		pulled, err := remote.Index(reference)
		require.NoError(t, err)
		got, err := pulled.Digest()
		require.NoError(t, err)
		require.Equal(t, digest, got.String())
		require.NoError(t, validate.Index(pulled))
		image, err := remote.Image(reference, remote.WithPlatform(v1.Platform{OS: "linux", Architecture: "arm64"}))
		require.NoError(t, err)
		file, err := image.ConfigFile()
		require.NoError(t, err)
		require.Equal(t, "arm64", file.Architecture)
	}
	_, err = runRelease(t.Context(), "../..", t.TempDir(), "push", repository)
	require.ErrorContains(t, err, "run make image")
	_, err = runRelease(t.Context(), "../..", dist, "-commit", "fedcba98", "push", repository)
	require.ErrorContains(t, err, "has an image of the commit "+commit)
}

// copySource copies the files of the project that are not ignored to another directory.
func copySource(t *testing.T) string {
	t.Helper()
	list := exec.CommandContext(t.Context(), "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = "../.."
	names, err := list.Output()
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "elsewhere")
	for _, path := range strings.Split(strings.TrimSuffix(string(names), "\x00"), "\x00") {
		content, err := os.ReadFile(filepath.Join("../..", path))
		if errors.Is(err, os.ErrNotExist) { // deleted, but not yet in a commit
			continue
		}
		require.NoError(t, err)
		target := filepath.Join(dir, path)
		require.NoError(t, os.MkdirAll(filepath.Dir(target), 0o755))
		require.NoError(t, os.WriteFile(target, content, 0o644))
	}
	return dir
}
