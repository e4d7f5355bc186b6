package deploy

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/yannh/kubeconform/pkg/validator"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/lint"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
	"sigs.k8s.io/yaml"
)

const chartDir = "../../deploy/helm/followgraph"

// valuesFiles returns the values of each file in the chart's directory ci, by its name.
func valuesFiles(t *testing.T) map[string]object {
	t.Helper()
	files, err := filepath.Glob(chartDir + "/ci/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	values := map[string]object{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		values[strings.TrimSuffix(filepath.Base(file), ".yaml")] = parse(t, string(text))
	}
	return values
}

func parse(t *testing.T, text string) object {
	t.Helper()
	var values object
	require.NoError(t, yaml.Unmarshal([]byte(text), &values))
	return values
}

// render returns the manifests of the chart, and its notes, by the names of their templates.
func render(t *testing.T, values object) (map[string]string, error) {
	t.Helper()
	chart, err := loader.Load(chartDir)
	require.NoError(t, err)
	release := common.ReleaseOptions{Name: "social", Namespace: "graph", Revision: 1, IsInstall: true}
	all, err := util.ToRenderValues(chart, values, release, common.DefaultCapabilities)
	if err != nil {
		return nil, err
	}
	files, err := engine.Render(chart, all)
	manifests := map[string]string{}
	for name, text := range files {
		if name = filepath.Base(name); strings.TrimSpace(text) != "" && !strings.HasPrefix(name, "_") {
			manifests[name] = text
		}
	}
	return manifests, err
}

// TestChart does what `helm lint --strict`, `helm template` and `kubeconform -strict` do, with several values.
func TestChart(t *testing.T) {
	t.Parallel()
	schemas := t.TempDir()
	writeSchemas(t, schemas)
	check, err := validator.New([]string{schemas + "/{{.ResourceKind}}{{.KindSuffix}}.json"}, validator.Opts{Strict: true})
	require.NoError(t, err)
	kinds := map[string]bool{}
	configuration, err := os.ReadFile("../../docs/configuration.md")
	require.NoError(t, err)
	for name, values := range valuesFiles(t) {
		for _, message := range lint.RunAll(chartDir, values, "graph").Messages {
			// An icon is only recommended.
			require.Contains(t, message.Error(), "icon is recommended", "%s", name)
		}
		manifests, err := render(t, values)
		require.NoError(t, err, "%s", name)
		for file, text := range manifests {
			if file == "NOTES.txt" {
				continue
			}
			for _, variable := range regexp.MustCompile(`\bname: (FOLLOWGRAPH_\w+)`).FindAllStringSubmatch(text, -1) {
				require.Contains(t, string(configuration), "`"+variable[1]+"`", "%s: no flag has this variable", name)
			}
			for _, result := range check.Validate(file, io.NopCloser(strings.NewReader(text))) {
				if result.Status == validator.Empty {
					continue
				}
				require.Equal(t, validator.Valid, result.Status, "%s: %s: %v %v\n%s", name, file, result.Err, result.ValidationErrors, text)
				signature, err := result.Resource.Signature()
				require.NoError(t, err)
				kinds[signature.Kind] = true
			}
		}
	}
	require.Len(t, kinds, 12, "every kind is in some output: %v", kinds)

	// The schemas refuse what the API server would refuse, or ignore.
	for _, wrong := range []string{
		"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replica: 2}\n",
		"apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\nspec: {maxUnavailable: [1]}\n",
		"apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {name: a}\nspec: {selector: {}, endpoint: []}\n",
		"apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: a}\n",
	} {
		for _, result := range check.Validate("wrong.yaml", io.NopCloser(strings.NewReader(wrong))) {
			require.NotEqual(t, validator.Valid, result.Status, "%s", wrong)
		}
	}
}

// TestChartRefusesWrongValues checks that errors name the value.
func TestChartRefusesWrongValues(t *testing.T) {
	t.Parallel()
	const database = "database: {existingSecret: db}\n"
	for values, want := range map[string]string{
		"{}":                                       "existingSecret",
		"database: {existingSecret: ''}":           "existingSecret",
		database + "replicas: 3":                   "replicas",
		database + "replicaCount: 0":               "replicaCount",
		database + "image: {digest: latest}":       "digest",
		database + "config: {listen: ':1'}":        "config.listen",
		database + "config: {database-url: a}":     "config.database-url",
		database + "config: {LISTEN: a}":           "LISTEN",
		database + "config: {pooler: transaction}": "database.migrationUrlKey",
		database + "ingress: {enabled: true}":      "ingress.host",
		database + "drainSeconds: 10s":             "drainSeconds",
	} {
		_, err := render(t, parse(t, values))
		require.ErrorContains(t, err, want, "%s", values)
	}
}
