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

// documents holds the persisted documents and the cache of parsed documents.
type documents struct {
	parsed     *executor.Documents
	named      httpserver.Persisted
	configured bool // some documents are in files, which can be reloaded
}

// newDocuments loads the persisted documents, including those of the enabled pages. It pins them, so that the cache
// never evicts them or their plans. The error names every document that does not fit the schema.
func newDocuments(serve config.Serve) (documents, error) {
	options := serve.Persisted
	d := documents{executor.NewDocuments(), httpserver.Persisted{TrustedOnly: options.TrustedOnly}, len(options.Documents) > 0}
	if options.Automatic {
		d.named.Automatic = persisted.NewAutomatic(options.AutomaticBytes)
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
	trusted, err := persisted.NewTrusted(options.Documents, schema, own...)
	if err != nil {
		return d, err
	}
	d.named.Trusted = trusted
	d.parsed.Pin(trusted.Set().Parsed())
	return d, nil
}

// reloadOnHangup reloads the trusted documents at each SIGHUP, until stop is called. If the new documents are invalid,
// the old ones stay. Without manifests in files the signal keeps its default action and ends the process.
func (d documents) reloadOnHangup(ctx context.Context, log *slog.Logger) (stop func()) {
	if !d.configured {
		return func() {}
	}
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-quit:
				return
			case <-hangup:
				d.reload(ctx, log)
			}
		}
	}()
	return func() {
		signal.Stop(hangup)
		close(quit)
		<-done
	}
}

func (d documents) reload(ctx context.Context, log *slog.Logger) {
	if err := d.named.Trusted.Reload(); err != nil {
		log.ErrorContext(ctx, "persisted documents not reloaded: the previous ones stay in use", "error", err)
		return
	}
	set := d.named.Trusted.Set()
	d.parsed.Pin(set.Parsed())
	log.InfoContext(ctx, "persisted documents reloaded", "documents", set.Len(), "files", set.Files())
}
