package app

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"followgraph/graph"
	"followgraph/internal/config"
	"followgraph/internal/executor"
	"followgraph/internal/httpserver"
	"followgraph/internal/persisted"
	"followgraph/web"
)

// documents are what clients may name or send.
type documents struct {
	parsed     *executor.Documents
	named      httpserver.Persisted
	configured bool // whether some of them are in files, which can be read again
}

// newDocuments loads the documents that clients may name, among them those of the pages that are served, and pins them,
// so that other documents do not push them or their plans out. An error names every document that does not fit the schema.
func newDocuments(serve config.Serve) (documents, error) {
	config := serve.Persisted
	d := documents{executor.NewDocuments(), httpserver.Persisted{TrustedOnly: config.TrustedOnly}, len(config.Documents) > 0}
	if config.Automatic {
		d.named.Automatic = persisted.NewAutomatic(config.AutomaticBytes)
	}
	var own []persisted.Manifest
	if serve.Playground {
		own = append(own, persisted.Manifest{Name: "the playground's documents", Data: web.PlaygroundDocuments()})
	}
	if serve.Explorer {
		own = append(own, persisted.Manifest{Name: "the explorer's documents", Data: web.ExplorerDocuments()})
	}
	if !d.configured && len(own) == 0 {
		return d, nil
	}
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	trusted, err := persisted.NewTrusted(config.Documents, schema, own...)
	if err != nil {
		return d, err
	}
	d.named.Trusted = trusted
	d.parsed.Pin(trusted.Set().Parsed())
	return d, nil
}

// reloadOnHangup loads the trusted documents anew at each SIGHUP, until stop is called. Those that were there stay where
// the new ones cannot be used. Without manifests in files the signal keeps its meaning, and ends the process.
func (d documents) reloadOnHangup(ctx context.Context, log *slog.Logger) (stop func()) {
	if !d.configured {
		return func() {}
	}
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	ended, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-ended:
				return
			case <-hangup:
				d.reload(ctx, log)
			}
		}
	}()
	return func() {
		signal.Stop(hangup)
		close(ended)
		<-done
	}
}

func (d documents) reload(ctx context.Context, log *slog.Logger) {
	if err := d.named.Trusted.Reload(); err != nil {
		log.ErrorContext(ctx, "the persisted documents were not replaced: those from before stay", "error", err)
		return
	}
	set := d.named.Trusted.Set()
	d.parsed.Pin(set.Parsed())
	log.InfoContext(ctx, "persisted documents replaced", "documents", set.Len(), "files", set.Files())
}
