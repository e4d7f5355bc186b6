package app

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"followgraph/internal/config"
)

// healthShown is how many bytes of an answer to a health check are read and shown.
const healthShown = 1000

// Health asks a server for its health and writes the answer to out. It returns an error if the status is not 200.
func Health(ctx context.Context, health config.Health, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, health.Timeout)
	defer cancel()
	target, host := health.Target()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return err
	}
	request.Host = host
	client := &http.Client{
		// Without a proxy: the check is about this server alone.
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("the server does not answer: %w", err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, healthShown))
	if err != nil {
		return fmt.Errorf("%s: %w", target, err)
	}
	said := strings.TrimSpace(string(text))
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s: %s", target, response.Status, said)
	}
	_, err = fmt.Fprintln(out, said)
	return err
}
