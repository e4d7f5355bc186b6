package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/elf"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/stretchr/testify/require"
)

// checkComponents checks a list of components.
func checkComponents(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var bom cdx.BOM
	require.NoError(t, cdx.NewBOMDecoder(bytes.NewReader(text), cdx.BOMFileFormatJSON).Decode(&bom))
	require.Equal(t, cdx.SpecVersion1_6, bom.SpecVersion)
	require.Equal(t, "followgraph", bom.Metadata.Component.Name)
	require.Equal(t, version, bom.Metadata.Component.Version)
	licences := map[string]string{}
	for _, component := range *bom.Components {
		require.NotContains(t, licences, component.BOMRef, "the reference must be unique")
		licences[component.BOMRef] = (*component.Licenses)[0].License.ID
		if strings.HasPrefix(component.Name, "github.com/jackc/pgx/") {
			require.Len(t, (*component.Hashes)[0].Value, 2*sha256.Size)
		}
	}
	for name, licence := range map[string]string{
		"pkg:golang/std@": "BSD-3-Clause", "pkg:golang/github.com/jackc/pgx/v5@v5.": "MIT", "pkg:npm/preact@": "MIT", "pkg:npm/%40urql/core@": "MIT",
	} {
		found := ""
		for ref, id := range licences {
			if strings.HasPrefix(ref, name) {
				found = id
			}
		}
		require.Equal(t, licence, found, name)
	}
	for ref := range licences {
		for _, tool := range []string{"go-containerregistry", "go-md2man", "testify"} {
			require.NotContains(t, ref, tool, "a tool is no component of the program")
		}
	}
	require.Len(t, *bom.Dependencies, len(licences)+1)
}

// TestArchives builds the archive of one platform in two directories, and checks what it contains.
func TestArchives(t *testing.T) {
	t.Parallel()
	committed, err := time.Parse(time.RFC3339, created)
	require.NoError(t, err)
	var sums [2]string
	var dist string
	for i, source := range []string{copySource(t), "../.."} {
		dist = t.TempDir()
		r := release{source: source, dist: dist, version: version, commit: commit, time: committed}
		require.NoError(t, r.buildArchives(t.Context(), platforms[:1], io.Discard))
		text, err := os.ReadFile(filepath.Join(dist, "SHA256SUMS"))
		require.NoError(t, err)
		sums[i] = string(text)
	}
	require.Equal(t, sums[0], sums[1])

	const archive, components = "followgraph_v1.2.3_linux_amd64.tar.gz", "followgraph_v1.2.3_linux_amd64.cdx.json"
	var want strings.Builder
	for _, name := range []string{components, archive} {
		content, err := os.ReadFile(filepath.Join(dist, name))
		require.NoError(t, err)
		fmt.Fprintf(&want, "%x  %s\n", sha256.Sum256(content), name)
	}
	require.Equal(t, want.String(), sums[1])

	f, err := os.Open(filepath.Join(dist, archive))
	require.NoError(t, err)
	defer f.Close()
	compressed, err := gzip.NewReader(f)
	require.NoError(t, err)
	root := t.TempDir()
	headers := unpack(t, compressed, root)
	top := "followgraph_v1.2.3_linux_amd64/"
	for name, mode := range map[string]int64{
		"followgraph": 0o755, "LICENSE": 0o644, "THIRD_PARTY_LICENSES": 0o644, "README.md": 0o644, "followgraph.cdx.json": 0o644,
		"man1/followgraph.1": 0o644, "man1/followgraph-serve.1": 0o644, "man1/followgraph-import-edges.1": 0o644,
		"systemd/followgraph.service":  0o644,
		"completions/followgraph.bash": 0o644, "completions/_followgraph": 0o644, "completions/followgraph.fish": 0o644,
	} {
		require.Contains(t, headers, top+name)
		require.Equal(t, mode, headers[top+name].Mode, name)
	}
	for name, header := range headers {
		require.True(t, strings.HasPrefix(name, top), name)
		require.Zero(t, header.Uid, name)
		require.True(t, header.ModTime.Equal(committed), name)
	}
	checkProgram(t, filepath.Join(root, top, "followgraph"), elf.EM_X86_64)
	checkComponents(t, filepath.Join(root, top, "followgraph.cdx.json"))
	page, err := os.ReadFile(filepath.Join(root, top, "man1", "followgraph-serve.1"))
	require.NoError(t, err)
	require.Contains(t, string(page), `"2026-11-29" "Followgraph v1.2.3"`)
}

// TestUsage checks the errors of the command line.
func TestUsage(t *testing.T) {
	t.Parallel()
	for message, args := range map[string][]string{
		"-version, -commit and -time are required":  {"-version", "", "image"},
		"-time: parsing time":                       {"-time", "yesterday", "image"},
		"name one command: image, push or archives": {"push"},
	} {
		_, err := runRelease(t.Context(), "../..", t.TempDir(), args...)
		require.ErrorContains(t, err, message)
	}
}
