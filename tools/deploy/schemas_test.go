package deploy

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

// object is a JSON object.
type object = map[string]any

// writeSchemas writes a JSON schema for each kind that the chart uses, as kubeconform reads them: KIND-GROUP-VERSION.json.
func writeSchemas(t *testing.T, dir string) {
	t.Helper()
	writeKubernetesSchemas(t, dir, map[string]string{
		"service-v1":                             "io.k8s.api.core.v1.Service",
		"serviceaccount-v1":                      "io.k8s.api.core.v1.ServiceAccount",
		"configmap-v1":                           "io.k8s.api.core.v1.ConfigMap",
		"deployment-apps-v1":                     "io.k8s.api.apps.v1.Deployment",
		"job-batch-v1":                           "io.k8s.api.batch.v1.Job",
		"poddisruptionbudget-policy-v1":          "io.k8s.api.policy.v1.PodDisruptionBudget",
		"horizontalpodautoscaler-autoscaling-v2": "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler",
		"ingress-networking-v1":                  "io.k8s.api.networking.v1.Ingress",
		"networkpolicy-networking-v1":            "io.k8s.api.networking.v1.NetworkPolicy",
	})
	writeCustomSchema(t, dir, "servicemonitor-monitoring-v1",
		operator.file(t, "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml"))
	writeCustomSchema(t, dir, "prometheusrule-monitoring-v1",
		operator.file(t, "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml"))
	writeCustomSchema(t, dir, "httproute-gateway-v1",
		gateway.file(t, "config/crd/standard/gateway.networking.k8s.io_httproutes.yaml"))
}

// writeKubernetesSchemas takes kinds from the OpenAPI document of Kubernetes, with the definitions that they refer to.
func writeKubernetesSchemas(t *testing.T, dir string, kinds map[string]string) {
	t.Helper()
	text, err := os.ReadFile(kubernetes.file(t, "api/openapi-spec/swagger.json"))
	require.NoError(t, err)
	var document struct{ Definitions object }
	require.NoError(t, json.Unmarshal(text, &document))
	definitions := document.Definitions
	// Both are strings in the document, and may be numbers.
	for _, name := range []string{"io.k8s.apimachinery.pkg.util.intstr.IntOrString", "io.k8s.apimachinery.pkg.api.resource.Quantity"} {
		require.Contains(t, definitions, name)
		definitions[name] = object{"type": []any{"string", "number"}}
	}
	for name, kind := range kinds {
		require.Contains(t, definitions, kind)
		used := object{}
		collect(definitions, kind, used)
		for _, definition := range used {
			refuseUnknownFields(definition)
		}
		writeSchema(t, dir, name, object{"$ref": "#/definitions/" + kind, "definitions": used})
	}
}

// collect adds the definition name, and all that it refers to, to used.
func collect(definitions object, name string, used object) {
	if used[name] != nil {
		return
	}
	used[name] = definitions[name]
	var visit func(value any)
	visit = func(value any) {
		switch value := value.(type) {
		case []any:
			for _, element := range value {
				visit(element)
			}
		case object:
			if reference, ok := value["$ref"].(string); ok {
				collect(definitions, strings.TrimPrefix(reference, "#/definitions/"), used)
			}
			for _, element := range value {
				visit(element)
			}
		}
	}
	visit(definitions[name])
}

// writeCustomSchema takes the schema of a CustomResourceDefinition, for its version v1.
func writeCustomSchema(t *testing.T, dir, name, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var definition struct {
		Spec struct {
			Versions []struct {
				Name   string
				Schema struct {
					OpenAPIV3Schema object `json:"openAPIV3Schema"`
				}
			}
		}
	}
	require.NoError(t, yaml.Unmarshal(text, &definition))
	for _, version := range definition.Spec.Versions {
		if version.Name == "v1" {
			refuseUnknownFields(version.Schema.OpenAPIV3Schema)
			writeSchema(t, dir, name, version.Schema.OpenAPIV3Schema)
			return
		}
	}
	require.Fail(t, "no version v1", "%s", path)
}

// refuseUnknownFields makes a schema strict: an object has only the fields that the schema lists.
func refuseUnknownFields(schema any) {
	switch schema := schema.(type) {
	case []any:
		for _, element := range schema {
			refuseUnknownFields(element)
		}
	case object:
		for _, element := range schema {
			refuseUnknownFields(element)
		}
		_, hasFields := schema["properties"].(object)
		if hasFields && schema["type"] == "object" && schema["additionalProperties"] == nil &&
			schema["x-kubernetes-preserve-unknown-fields"] == nil && schema["x-kubernetes-embedded-resource"] == nil {
			schema["additionalProperties"] = false
		}
	}
}

func writeSchema(t *testing.T, dir, name string, schema object) {
	t.Helper()
	text, err := json.Marshal(schema)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, name+".json"), text, 0o600))
}
