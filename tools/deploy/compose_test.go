package deploy

import (
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"
)

// loadCompose reads the Compose file as Docker Compose does: it checks the schema and the references between services,
// volumes and secrets.
func loadCompose(t *testing.T, environment ...string) *types.Project {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{"../../deploy/compose/compose.yaml"}, cli.WithEnv(environment),
		cli.WithNormalization(true), cli.WithConsistency(true), cli.WithResolvedPaths(true))
	require.NoError(t, err)
	project, err := cli.ProjectFromOptions(t.Context(), options)
	require.NoError(t, err)
	return project
}

func TestCompose(t *testing.T) {
	t.Parallel()
	project := loadCompose(t)
	require.ElementsMatch(t, []string{"postgres", "migrate", "followgraph"}, project.ServiceNames())
	server, migrate, postgres := project.Services["followgraph"], project.Services["migrate"], project.Services["postgres"]

	require.Equal(t, types.ServiceConditionHealthy, server.DependsOn["postgres"].Condition)
	require.Equal(t, types.ServiceConditionCompletedSuccessfully, server.DependsOn["migrate"].Condition)
	require.Equal(t, types.ServiceConditionHealthy, migrate.DependsOn["postgres"].Condition)
	require.Contains(t, postgres.Command, "wal_level=logical")
	require.Equal(t, server.Image, migrate.Image)
	require.Equal(t, types.HealthCheckTest{"CMD", "/followgraph", "health", "--ready"}, server.HealthCheck.Test)

	for name, service := range project.Services {
		for key, value := range service.Environment {
			require.NotNil(t, value)
			require.NotContains(t, *value, "://", "%s: %s may contain a secret: use a file", name, key)
		}
		for _, secret := range service.Secrets {
			require.Contains(t, project.Secrets, secret.Source)
			require.NotEmpty(t, project.Secrets[secret.Source].File)
		}
		for _, port := range service.Ports {
			require.Equal(t, "127.0.0.1", port.HostIP, "%s", name)
		}
		if service.Image == server.Image {
			require.True(t, service.ReadOnly, "%s", name)
			require.Equal(t, []string{"ALL"}, service.CapDrop, "%s", name)
		}
	}
	stop, err := time.ParseDuration(*server.Environment["FOLLOWGRAPH_SHUTDOWN_TIMEOUT"])
	require.NoError(t, err)
	require.Greater(t, time.Duration(*server.StopGracePeriod), stop)

	other := loadCompose(t, "FOLLOWGRAPH_IMAGE=example/other:1", "FOLLOWGRAPH_PORT=9000")
	require.Equal(t, "example/other:1", other.Services["followgraph"].Image)
	require.Equal(t, "example/other:1", other.Services["migrate"].Image)
	require.Equal(t, "9000", other.Services["followgraph"].Ports[0].Published)
}
