package main

import (
	"bytes"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/andybalholm/brotli"
)

// components returns the software bill of materials of a program in CycloneDX 1.6: the Go modules that the go command
// recorded in the program, the Go standard library, and the packages of npm in its pages, each with its licences. The
// bytes depend only on the program and the source.
func (r *release) components(program string) ([]byte, error) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return nil, err
	}
	licences, err := r.moduleLicences()
	if err != nil {
		return nil, err
	}
	standard := debug.Module{Path: "std", Version: strings.TrimPrefix(info.GoVersion, "go")}
	components := []cdx.Component{goComponent(&standard, licences["The Go standard library"])}
	for _, module := range info.Deps {
		if module.Replace != nil {
			module = module.Replace
		}
		ids := licences[module.Path+" "+module.Version]
		if ids == nil {
			return nil, fmt.Errorf("THIRD_PARTY_LICENSES has no line for %s %s: run make licenses", module.Path, module.Version)
		}
		components = append(components, goComponent(module, ids))
	}
	packages, err := r.pageComponents()
	if err != nil {
		return nil, err
	}
	return r.encodeComponents(append(components, packages...))
}

func (r *release) encodeComponents(components []cdx.Component) ([]byte, error) {
	self := cdx.Component{
		BOMRef: "followgraph", Type: cdx.ComponentTypeApplication, Name: "followgraph", Version: r.version,
		Licenses: licenceChoices([]string{"Apache-2.0"}),
	}
	dependencies := []cdx.Dependency{{Ref: self.BOMRef, Dependencies: &[]string{}}}
	for _, component := range components {
		*dependencies[0].Dependencies = append(*dependencies[0].Dependencies, component.BOMRef)
		dependencies = append(dependencies, cdx.Dependency{Ref: component.BOMRef})
	}
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{Timestamp: r.annotations()["org.opencontainers.image.created"], Component: &self}
	bom.Components, bom.Dependencies = &components, &dependencies
	var out bytes.Buffer
	err := cdx.NewBOMEncoder(&out, cdx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(bom, cdx.SpecVersion1_6)
	return out.Bytes(), err
}

// goComponent describes a module of Go. Its hash is the one that go.sum has.
func goComponent(module *debug.Module, licences []string) cdx.Component {
	purl := "pkg:golang/" + module.Path + "@" + url.PathEscape(module.Version)
	component := cdx.Component{
		BOMRef: purl, Type: cdx.ComponentTypeLibrary, Name: module.Path, Version: module.Version, PackageURL: purl,
		Licenses: licenceChoices(licences),
	}
	if sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(module.Sum, "h1:")); err == nil && len(sum) > 0 {
		component.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(sum)}}
	}
	return component
}

func licenceChoices(ids []string) *cdx.Licenses {
	var choices cdx.Licenses
	for _, id := range ids {
		choices = append(choices, cdx.LicenseChoice{License: &cdx.License{ID: id}})
	}
	return &choices
}

var licenceLine = regexp.MustCompile(`(?m)^([^:\n]+): ([A-Za-z0-9.-]+(?:, [A-Za-z0-9.-]+)*)$`)

// moduleLicences reads the SPDX ids of each "path version" at the head of THIRD_PARTY_LICENSES.
func (r *release) moduleLicences() (map[string][]string, error) {
	text, err := os.ReadFile(filepath.Join(r.source, "THIRD_PARTY_LICENSES"))
	if err != nil {
		return nil, err
	}
	head, _, _ := bytes.Cut(text, []byte("\n----"))
	licences := map[string][]string{}
	for _, line := range licenceLine.FindAllStringSubmatch(string(head), -1) {
		licences[line[1]] = strings.Split(line[2], ", ")
	}
	return licences, nil
}

var packageHeading = regexp.MustCompile(`(?m)^## (\S+) - (\S+) \(([A-Za-z0-9.-]+)\)$`)

// pageComponents describes the packages of npm that the committed build of the pages lists.
func (r *release) pageComponents() ([]cdx.Component, error) {
	lists, err := filepath.Glob(filepath.Join(r.source, "web", "dist", "*", "licenses.md.br"))
	if err != nil {
		return nil, err
	}
	if len(lists) == 0 {
		return nil, fmt.Errorf("%s has no lists of packages: run make web", filepath.Join(r.source, "web", "dist"))
	}
	var components []cdx.Component
	for _, list := range lists {
		text, err := readCompressed(list)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", list, err)
		}
		found := packageHeading.FindAllStringSubmatch(text, -1)
		if headings := strings.Count("\n"+text, "\n## "); len(found) != headings {
			return nil, fmt.Errorf("%s: %d of %d packages have no SPDX id", list, headings-len(found), headings)
		}
		for _, match := range found {
			// The @ of a scope is encoded: https://github.com/package-url/purl-spec, type npm.
			purl := "pkg:npm/" + strings.Replace(match[1], "@", "%40", 1) + "@" + match[2]
			components = append(components, cdx.Component{
				BOMRef: purl, Type: cdx.ComponentTypeLibrary, Name: match[1], Version: match[2], PackageURL: purl,
				Licenses: licenceChoices([]string{match[3]}),
			})
		}
	}
	slices.SortStableFunc(components, func(a, b cdx.Component) int { return strings.Compare(a.BOMRef, b.BOMRef) })
	return slices.CompactFunc(components, func(a, b cdx.Component) bool { return a.BOMRef == b.BOMRef }), nil
}

func readCompressed(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(brotli.NewReader(f))
	return string(text), err
}
