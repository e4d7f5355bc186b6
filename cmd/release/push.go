package main

import (
	"context"
	"fmt"
	"io"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// push sends the image that buildImage wrote to registries. A repository without a tag gets the version as its tag. The
// credentials are those of docker login or podman login. A registry on localhost or a loopback address may lack TLS.
func (r *release) push(ctx context.Context, repositories []string, out io.Writer) error {
	index, err := r.builtIndex()
	if err != nil {
		return err
	}
	digest, err := index.Digest()
	if err != nil {
		return err
	}
	for _, repository := range repositories {
		tag, err := name.NewTag(repository, name.WithDefaultTag(r.version))
		if err != nil {
			return err
		}
		if err := remote.WriteIndex(tag, index, remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain)); err != nil {
			return fmt.Errorf("pushing %s: %w", tag, err)
		}
		if _, err := fmt.Fprintf(out, "%s:%s@%s\n", tag.Context(), tag.TagStr(), digest); err != nil {
			return err
		}
	}
	return nil
}

// builtIndex returns the image of the OCI layout in dist. It must be of this version.
func (r *release) builtIndex() (v1.ImageIndex, error) {
	dir, err := layout.ImageIndexFromPath(r.layoutDir())
	if err != nil {
		return nil, fmt.Errorf("%s has no image; run make image: %w", r.layoutDir(), err)
	}
	manifest, err := dir.IndexManifest()
	if err != nil {
		return nil, err
	}
	if len(manifest.Manifests) != 1 {
		return nil, fmt.Errorf("%s has %d images, not one: run make image", r.layoutDir(), len(manifest.Manifests))
	}
	index, err := dir.ImageIndex(manifest.Manifests[0].Digest)
	if err != nil {
		return nil, err
	}
	content, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	if revision := content.Annotations["org.opencontainers.image.revision"]; revision != r.commit {
		return nil, fmt.Errorf("%s has an image of the commit %s, not %s: run make image", r.layoutDir(), revision, r.commit)
	}
	return index, nil
}
