package deploy

import (
	"flag"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the copies in the chart")

// TestChartHasTheSameFiles compares the alerts and the dashboard with their copies in the chart. A chart can only read
// files in its own directory.
func TestChartHasTheSameFiles(t *testing.T) {
	t.Parallel()
	for source, copied := range map[string]string{
		"prometheus/alerts.yaml":   "helm/followgraph/files/alerts.yaml",
		"grafana/followgraph.json": "helm/followgraph/files/dashboard.json",
	} {
		want, err := os.ReadFile(source)
		require.NoError(t, err)
		if *update {
			require.NoError(t, os.WriteFile(copied, want, 0o600))
			continue
		}
		got, err := os.ReadFile(copied)
		require.NoError(t, err)
		require.True(t, string(want) == string(got), "%s is not %s: run `go test ./deploy -update`", copied, source)
	}
}

// TestAlertsAreExplained checks that docs/operations.md has a row for each alert, and no others, and that promtool tests
// each one.
func TestAlertsAreExplained(t *testing.T) {
	t.Parallel()
	rules, err := os.ReadFile("prometheus/alerts.yaml")
	require.NoError(t, err)
	var alerts []string
	for _, match := range regexp.MustCompile(`- alert: Followgraph(\w+)`).FindAllSubmatch(rules, -1) {
		alerts = append(alerts, string(match[1]))
	}
	require.NotEmpty(t, alerts)
	text, err := os.ReadFile("../docs/operations.md")
	require.NoError(t, err)
	table := regexp.MustCompile(`(?s)\| alert \| reason.*?\n\n`).Find(text)
	var explained []string
	for _, match := range regexp.MustCompile(`(?m)^\| (\w+) \|`).FindAllSubmatch(table, -1) {
		if name := string(match[1]); name != "alert" {
			explained = append(explained, name)
		}
	}
	require.ElementsMatch(t, alerts, explained)
	cases, err := os.ReadFile("../tools/deploy/testdata/alerts_test.yaml")
	require.NoError(t, err)
	for _, name := range alerts {
		require.Contains(t, string(cases), `alertname=\"Followgraph`+name+`\"`, "an alert needs a case in which it fires")
	}
}
