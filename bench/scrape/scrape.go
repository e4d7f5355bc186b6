// Package scrape reads the metrics of a running Followgraph.
package scrape

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Metrics are the values of one scrape, by name and labels as in the text format of Prometheus, such as
// `followgraph_operations_total{code="OK"}`.
type Metrics map[string]float64

// Read reads the metrics of an admin address (host:port).
func Read(ctx context.Context, address string) (Metrics, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d of the metrics", response.StatusCode)
	}
	return parse(response.Body)
}

func parse(text io.Reader) (Metrics, error) {
	m := make(Metrics)
	lines := bufio.NewScanner(text)
	for lines.Scan() {
		line := lines.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		at := strings.LastIndexByte(line, ' ')
		if at < 0 {
			return nil, fmt.Errorf("the line %q of the metrics has no value", line)
		}
		value, err := strconv.ParseFloat(line[at+1:], 64)
		if err != nil {
			return nil, fmt.Errorf("the line %q of the metrics: %w", line, err)
		}
		m[line[:at]] = value
	}
	return m, lines.Err()
}

// Statements returns the number of SQL statements of all queries.
func (m Metrics) Statements() float64 { return m[`followgraph_operation_statements_sum{type="query"}`] }
