package deploy

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

const alerts = "../../deploy/prometheus/alerts.yaml"

// promtool runs Prometheus's promtool, which scripts/install-deploy-tools.sh puts into the cache.
func promtool(t *testing.T, arguments ...string) {
	t.Helper()
	program := os.Getenv("PROMTOOL")
	require.NotEmpty(t, program, "run `make deploy-check`, which installs promtool")
	out, err := exec.CommandContext(t.Context(), program, arguments...).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// TestAlerts checks the syntax of the alerts, and runs the cases of testdata/alerts_test.yaml.
func TestAlerts(t *testing.T) {
	t.Parallel()
	promtool(t, "check", "rules", alerts)
	promtool(t, "test", "rules", "testdata/alerts_test.yaml")
}

// TestDashboard checks the syntax of the dashboard's queries, as those of recording rules.
func TestDashboard(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../deploy/grafana/followgraph.json")
	require.NoError(t, err)
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	require.NoError(t, json.Unmarshal(text, &dashboard))
	variables := strings.NewReplacer("$__rate_interval", "1m", "$job", "followgraph", "$instance", ".*")
	var rules []object
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			rules = append(rules, object{"record": fmt.Sprintf("query:%d", len(rules)), "expr": variables.Replace(target.Expr)})
		}
	}
	require.Greater(t, len(rules), 40)
	file := filepath.Join(t.TempDir(), "queries.yaml")
	text, err = yaml.Marshal(object{"groups": []object{{"name": "dashboard", "rules": rules}}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, text, 0o600))
	promtool(t, "check", "rules", "--lint=none", file)
}
