package deploy

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// decode reads the manifest of a template into a type of Kubernetes.
func decode(t *testing.T, manifest string, into any) {
	t.Helper()
	text, err := yaml.YAMLToJSON([]byte(manifest))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, into))
}

// pods returns the pods of the deployment and, if there is one, of the migration.
func pods(t *testing.T, values object) (server, migration *corev1.PodSpec) {
	t.Helper()
	manifests, err := render(t, values)
	require.NoError(t, err)
	var deployment appsv1.Deployment
	decode(t, manifests["deployment.yaml"], &deployment)
	server = &deployment.Spec.Template.Spec
	if manifest, ok := manifests["migration.yaml"]; ok {
		var job batchv1.Job
		decode(t, manifest, &job)
		require.Equal(t, "pre-install,pre-upgrade", job.Annotations["helm.sh/hook"])
		migration = &job.Spec.Template.Spec
	}
	return server, migration
}

func variables(container corev1.Container) map[string]string {
	all := map[string]string{}
	for _, variable := range container.Env {
		all[variable.Name] = variable.Value
	}
	return all
}

// TestPodsAreRestricted checks the rules of Pod Security's profile "restricted", and what it does not ask for.
func TestPodsAreRestricted(t *testing.T) {
	t.Parallel()
	for name, values := range valuesFiles(t) {
		server, migration := pods(t, values)
		for _, pod := range []*corev1.PodSpec{server, migration} {
			if pod == nil {
				continue
			}
			require.True(t, *pod.SecurityContext.RunAsNonRoot, "%s", name)
			require.Equal(t, int64(65532), *pod.SecurityContext.RunAsUser)
			require.Equal(t, corev1.SeccompProfileTypeRuntimeDefault, pod.SecurityContext.SeccompProfile.Type)
			require.False(t, *pod.AutomountServiceAccountToken)
			require.False(t, pod.HostNetwork || pod.HostPID || pod.HostIPC)
			for _, volume := range pod.Volumes {
				require.True(t, volume.Secret != nil || volume.ConfigMap != nil, "%s: %s", name, volume.Name)
			}
			require.Len(t, pod.Containers, 1)
			container := pod.Containers[0]
			require.False(t, *container.SecurityContext.AllowPrivilegeEscalation)
			require.True(t, *container.SecurityContext.ReadOnlyRootFilesystem)
			require.Equal(t, []corev1.Capability{"ALL"}, container.SecurityContext.Capabilities.Drop)
			require.Empty(t, container.SecurityContext.Capabilities.Add)
			require.Empty(t, container.Command, "the image has an entry point")
			require.Contains(t, container.Resources.Limits, corev1.ResourceMemory)
			require.Equal(t, container.Resources.Limits.Memory(), container.Resources.Requests.Memory())
			for _, mount := range container.VolumeMounts {
				require.True(t, mount.ReadOnly)
			}
			require.NotContains(t, variables(container), "DATABASE_URL", "the address is a file")
		}
	}
}

func TestServerStopsInTime(t *testing.T) {
	t.Parallel()
	server, _ := pods(t, parse(t, "database: {existingSecret: db}\ndrainSeconds: 25\nshutdownSeconds: 40"))
	environment := variables(server.Containers[0])
	require.Equal(t, "25s", environment["FOLLOWGRAPH_DRAIN"])
	require.Equal(t, "40s", environment["FOLLOWGRAPH_SHUTDOWN_TIMEOUT"])
	require.Equal(t, int64(75), *server.TerminationGracePeriodSeconds)
}

func TestProbes(t *testing.T) {
	t.Parallel()
	server, _ := pods(t, parse(t, "database: {existingSecret: db}\nconfig: {allowed-host: [one.example, two.example]}"))
	container := server.Containers[0]
	for path, probes := range map[string][]*corev1.Probe{
		"/healthz": {container.StartupProbe, container.LivenessProbe},
		"/readyz":  {container.ReadinessProbe},
	} {
		for _, probe := range probes {
			require.Equal(t, path, probe.HTTPGet.Path)
			require.Equal(t, "admin", probe.HTTPGet.Port.StrVal)
			require.Equal(t, []corev1.HTTPHeader{{Name: "Host", Value: "one.example"}}, probe.HTTPGet.HTTPHeaders)
			require.Greater(t, probe.TimeoutSeconds, int32(2), "/readyz answers within two seconds")
		}
	}
	require.Equal(t, ":9090", variables(container)["FOLLOWGRAPH_ADMIN_LISTEN"])
}

// TestMigrationUsesTheDirectAddress checks that only the server uses the address of the pooler.
func TestMigrationUsesTheDirectAddress(t *testing.T) {
	t.Parallel()
	server, migration := pods(t, valuesFiles(t)["pooler"])
	key := func(pod *corev1.PodSpec, path string) string {
		for _, volume := range pod.Volumes {
			for _, item := range volume.Secret.Items {
				if item.Path == path {
					return volume.Secret.SecretName + "/" + item.Key
				}
			}
		}
		return ""
	}
	require.Equal(t, "followgraph-database/url", key(server, "url"))
	require.Equal(t, "followgraph-database/direct-url", key(server, "stream-url"))
	require.Equal(t, "followgraph-database/direct-url", key(migration, "url"))
	require.Equal(t, "transaction", variables(server.Containers[0])["FOLLOWGRAPH_POOLER"])
	require.NotContains(t, variables(migration.Containers[0]), "FOLLOWGRAPH_POOLER")
	require.Equal(t, "/etc/followgraph/database/stream-url", variables(server.Containers[0])["FOLLOWGRAPH_STREAM_URL_FILE"])
}
