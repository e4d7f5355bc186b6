package app_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/testdb"
)

var (
	alert     = regexp.MustCompile(`(?m)^ *- alert: `)
	selector  = regexp.MustCompile(`\b((?:followgraph|process|go)_\w+)(\{[^}]*\})?`)
	equality  = regexp.MustCompile(`(\w+)(=|!=|=~)"([^"]*)"`)
	grouping  = regexp.MustCompile(`\bby \(([^)]*)\)`)
	histogram = regexp.MustCompile(`_(bucket|sum|count)$`)
)

// TestAlertsUseExportedMetrics looks for each metric of the alerts in those of a server. A label must exist, with the value
// that the alert asks for.
func TestAlertsUseExportedMetrics(t *testing.T) {
	t.Parallel()
	page := exportedMetrics(t)
	text, err := os.ReadFile("../../deploy/prometheus/alerts.yaml")
	require.NoError(t, err)
	found := 0
	rules := alert.Split(string(text), -1)[1:]
	for _, rule := range rules {
		found += requireExported(t, page, rule)
	}
	require.Greater(t, len(rules), 10)
	require.GreaterOrEqual(t, found, len(rules)-1, "all but the alert on up")
}

// TestDashboardUsesExportedMetrics does the same for the queries of the dashboard, in which $variables are the values of
// some labels.
func TestDashboardUsesExportedMetrics(t *testing.T) {
	t.Parallel()
	page := exportedMetrics(t)
	text, err := os.ReadFile("../../deploy/grafana/followgraph.json")
	require.NoError(t, err)
	var dashboard any
	require.NoError(t, json.Unmarshal(text, &dashboard))
	found := 0
	for _, query := range queriesOf(dashboard) {
		found += requireExported(t, page, query)
	}
	require.Greater(t, found, 40)
}

// exportedMetrics returns the metrics page of a server that has answered a request.
func exportedMetrics(t *testing.T) string {
	t.Helper()
	database := testdb.New(t)
	s := start(t, database, "--admin-listen=127.0.0.1:0", "--graph=memory", "--replica-url="+database)
	operators := s.operators(t)
	s.as(t, "", `{ user(cognitoId: "ada") { cognitoId } }`, nil)
	return string(operators.get(t, "/metrics").body)
}

// queriesOf returns the members expr and query of a dashboard's panels and variables.
func queriesOf(value any) (queries []string) {
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			queries = append(queries, queriesOf(element)...)
		}
	case map[string]any:
		for key, element := range value {
			text, isText := element.(string)
			if isText && (key == "expr" || key == "query") {
				queries = append(queries, text)
			}
			queries = append(queries, queriesOf(element)...)
		}
	}
	return queries
}

// requireExported looks for the metrics and labels of a PromQL expression, and returns the number of metrics. A metric of
// the program is in the table of docs/operations.md, which TestMetricsOfCallersAndWrites compares with a scrape. The value
// of a label must be in page, if that has series of the metric.
func requireExported(t *testing.T, page, expression string) int {
	t.Helper()
	shapes := documentedShapes(t)
	labels := []string{"le", "job", "instance"}
	matches := selector.FindAllStringSubmatch(expression, -1)
	for _, match := range matches {
		name := match[1]
		own, isOwn := strings.CutPrefix(name, "followgraph_")
		if !isOwn { // of the runtime or the process
			require.Contains(t, page, "\n# TYPE "+name+" ")
			continue
		}
		shape, ok := shapes[own]
		if !ok || shape.kind == "histogram" {
			shape = shapes[histogram.ReplaceAllString(own, "")]
			ok = shape.kind == "histogram" && histogram.MatchString(own)
		}
		require.True(t, ok, "the metric %s is not exported", name)
		labels = append(labels, strings.Split(shape.labels, ", ")...)
		for _, label := range equality.FindAllStringSubmatch(match[2], -1) {
			if strings.HasPrefix(label[3], "$") {
				continue
			}
			require.Contains(t, labels, label[1], "%s", match[0])
			series := regexp.MustCompile(`(?m)^` + name + `\{[^}]*\b` + label[1] + `="` + label[3] + `"`)
			hasSeries := strings.Contains(page, "\n"+name+"{")
			require.True(t, !hasSeries || series.MatchString(page), "%s has no series with %s", name, label[0])
		}
	}
	for _, group := range grouping.FindAllStringSubmatch(expression, -1) {
		for label := range strings.SplitSeq(group[1], ", ") {
			require.Contains(t, labels, label, "%s", expression)
		}
	}
	return len(matches)
}
