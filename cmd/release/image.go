package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// The user and group of the image, as in distroless images. Kubernetes needs a number to check runAsNonRoot.
const (
	user      = "65532:65532"
	accounts  = "root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/:/sbin/nologin\n"
	groups    = "root:x:0:\nnonroot:x:65532:\n"
	docs      = "usr/share/doc/followgraph/"
	imageName = "registry.example/followgraph" // a placeholder: the archives for docker load need a name
)

// layerTime is the time of all files in layers, so that a layer with the same files has the same digest in every
// version.
var layerTime = time.Unix(0, 0)

// buildImage writes the image to dist in three forms: the directory of an OCI layout, its tar file, and for each
// platform an archive for docker load.
func (r *release) buildImage(ctx context.Context, out io.Writer) error {
	index, images, err := r.image(ctx)
	if err != nil {
		return err
	}
	dir := r.layoutDir()
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // for everyone to read
		return err
	}
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		return err
	}
	tag, err := name.NewTag(imageName + ":" + r.version)
	if err != nil {
		return err
	}
	// podman load reads the first one, and containerd, which newer versions of Docker use, the second.
	named := layout.WithAnnotations(map[string]string{
		"org.opencontainers.image.ref.name": tag.Name(), "io.containerd.image.name": tag.Name(),
	})
	if err := path.AppendIndex(index, named); err != nil {
		return err
	}
	written := []string{dir, r.distPath("image.oci.tar")}
	if err := tarDirectory(dir, written[1]); err != nil {
		return err
	}
	for _, p := range imagePlatforms {
		archive := r.distPath("image_" + p.os + "_" + p.arch + ".docker.tar")
		if err := tarball.WriteToFile(archive, tag, images[p]); err != nil {
			return fmt.Errorf("%s: %w", archive, err)
		}
		written = append(written, archive)
	}
	for _, path := range written {
		fmt.Fprintln(out, path)
	}
	digest, err := index.Digest()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, digest)
	return err
}

func (r *release) layoutDir() string { return filepath.Join(r.dist, "image") }

// distPath returns the path of a result whose name begins with the project and the version.
func (r *release) distPath(rest string) string {
	return filepath.Join(r.dist, "followgraph_"+r.version+"_"+rest)
}

// image returns the image for all platforms, and for each.
func (r *release) image(ctx context.Context) (v1.ImageIndex, map[platform]v1.Image, error) {
	base, err := baseLayer()
	if err != nil {
		return nil, nil, err
	}
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	images := map[platform]v1.Image{}
	for _, p := range imagePlatforms {
		image, err := r.platformImage(ctx, p, base)
		if err != nil {
			return nil, nil, err
		}
		images[p] = image
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add: image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: p.os, Architecture: p.arch}},
		})
	}
	return mutate.Annotations(index, r.annotations()).(v1.ImageIndex), images, nil
}

// platformImage returns the image for one platform.
func (r *release) platformImage(ctx context.Context, p platform, base v1.Layer) (v1.Image, error) {
	program, err := r.programLayer(ctx, p)
	if err != nil {
		return nil, err
	}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	created := v1.Time{Time: r.time.UTC()}
	for _, layer := range []struct {
		layer v1.Layer
		what  string
	}{{base, "root certificates and users"}, {program, "followgraph " + r.version}} {
		history := v1.History{Created: created, CreatedBy: "followgraph cmd/release", Comment: layer.what}
		if image, err = mutate.Append(image, mutate.Addendum{Layer: layer.layer, History: history}); err != nil {
			return nil, err
		}
	}
	file, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	file = file.DeepCopy()
	file.OS, file.Architecture, file.Created = p.os, p.arch, created
	file.Config = v1.Config{
		User:         user,
		Entrypoint:   []string{"/followgraph"},
		Cmd:          []string{"serve"},
		WorkingDir:   "/",
		Env:          []string{"PATH=/", "FOLLOWGRAPH_LISTEN=:8080"},
		ExposedPorts: map[string]struct{}{"8080/tcp": {}},
		StopSignal:   "SIGTERM",
		Labels:       r.annotations(),
		// Only whether the process answers: an orchestrator that restarts unhealthy containers must not do so because
		// the database is away.
		Healthcheck: &v1.HealthConfig{
			Test: []string{"CMD", "/followgraph", "health"}, Interval: 10 * time.Second, Timeout: 5 * time.Second,
			StartPeriod: time.Minute, Retries: 3,
		},
	}
	if image, err = mutate.ConfigFile(image, file); err != nil {
		return nil, err
	}
	return mutate.Annotations(image, r.annotations()).(v1.Image), nil
}

// annotations are the annotations of the OCI image specification, which are labels of the image too.
func (r *release) annotations() map[string]string {
	annotations := map[string]string{
		"org.opencontainers.image.title":       "Followgraph",
		"org.opencontainers.image.description": "A GraphQL API over a follow graph, on PostgreSQL",
		"org.opencontainers.image.version":     r.version,
		"org.opencontainers.image.revision":    r.commit,
		"org.opencontainers.image.created":     r.time.UTC().Format(time.RFC3339),
		"org.opencontainers.image.licenses":    "Apache-2.0",
	}
	if r.repository != "" {
		maps.Copy(annotations, map[string]string{
			"org.opencontainers.image.source": r.repository, "org.opencontainers.image.url": r.repository,
		})
	}
	return annotations
}

// baseLayer has what every version needs: root certificates, for Cognito, traces and databases with TLS, and the names
// of users.
func baseLayer() (v1.Layer, error) {
	certificates, err := rootCertificates()
	if err != nil {
		return nil, err
	}
	return newLayer([]file{
		{"etc/group", modeFile, []byte(groups)},
		{"etc/passwd", modeFile, []byte(accounts)},
		{"etc/ssl/certs/ca-certificates.crt", modeFile, certificates},
	})
}

// programLayer has the program, the licences and the list of its components.
func (r *release) programLayer(ctx context.Context, p platform) (v1.Layer, error) {
	path, err := r.buildProgram(ctx, p)
	if err != nil {
		return nil, err
	}
	program, err := readFile("followgraph", modeProgram, path)
	if err != nil {
		return nil, err
	}
	licences, err := r.licences(docs)
	if err != nil {
		return nil, err
	}
	components, err := r.components(path)
	if err != nil {
		return nil, err
	}
	return newLayer(append(licences, program, file{docs + "followgraph.cdx.json", modeFile, components}))
}

// licences returns the files that must accompany the program.
func (r *release) licences(dir string) (files []file, err error) {
	for _, licence := range []string{"LICENSE", "THIRD_PARTY_LICENSES"} {
		f, err := readFile(dir+licence, modeFile, filepath.Join(r.source, licence))
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

func newLayer(files []file) (v1.Layer, error) {
	var content bytes.Buffer
	if err := writeTar(&content, files, layerTime); err != nil {
		return nil, err
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content.Bytes())), nil }
	return tarball.LayerFromOpener(open, tarball.WithMediaType(types.OCILayer), tarball.WithCompressedCaching)
}

// tarDirectory writes the files of a directory to a tar file.
func tarDirectory(dir, path string) error {
	var files []file
	root := os.DirFS(dir)
	err := walkFiles(root, func(name string, content []byte) { files = append(files, file{name, modeFile, content}) })
	if err != nil {
		return err
	}
	return createFile(path, func(w io.Writer) error { return writeTar(w, files, layerTime) })
}
