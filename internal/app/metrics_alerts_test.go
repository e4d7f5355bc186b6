package app_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/testdb"
)

var (
	alertRules = regexp.MustCompile("(?s)```yaml\n(groups:.*?)```")
	selector   = regexp.MustCompile(`(followgraph_\w+)(\{[^}]*\})?`)
	equality   = regexp.MustCompile(`(\w+)(=|!=|=~)"([^"]*)"`)
	histogram  = regexp.MustCompile(`_(bucket|sum|count)$`)
)

// TestAlertsUseExportedMetrics reads the alerts of the documentation, and looks for each metric in those of a server. A
// label must exist, with the value that the alert asks for.
func TestAlertsUseExportedMetrics(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/operations.md")
	require.NoError(t, err)
	rules := alertRules.FindStringSubmatch(string(text))
	require.NotNil(t, rules)
	database := testdb.New(t)
	s := start(t, database, "--admin-listen=127.0.0.1:0", "--graph=memory")
	operators := s.operators(t)
	s.as(t, "", `{ user(cognitoId: "ada") { cognitoId } }`, nil)
	page := string(operators.get(t, "/metrics").body)

	definitions, err := os.ReadFile("../observe/metrics/statement.go")
	require.NoError(t, err)
	const afterFailure = "followgraph_statement_errors_total" // has no series before
	found := 0
	for _, match := range selector.FindAllStringSubmatch(rules[1], -1) {
		found++
		name := match[1]
		if name == afterFailure {
			require.Contains(t, string(definitions), strings.TrimPrefix(name, "followgraph_"))
			continue
		}
		family := name
		if !strings.Contains(page, "\n# TYPE "+name+" ") {
			family = histogram.ReplaceAllString(name, "")
		}
		require.True(t, strings.Contains(page, "\n# TYPE "+family+" "), "the metric %s is not exported", name)
		for _, label := range equality.FindAllStringSubmatch(match[2], -1) {
			series := regexp.MustCompile(`(?m)^` + name + `\{[^}]*\b` + label[1] + `="` + label[3] + `"`)
			require.True(t, series.MatchString(page), "%s has no series with %s", name, label[0])
		}
	}
	require.Greater(t, found, 15)
}
