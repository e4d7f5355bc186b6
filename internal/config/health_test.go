package config_test

import (
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"followgraph/internal/config"
)

// readHealth parses the flags of `followgraph health` and then the environment.
func readHealth(t *testing.T, args []string, environment map[string]string) *config.Health {
	t.Helper()
	var health config.Health
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	health.Flags(flags)
	require.NoError(t, flags.Parse(args))
	require.NoError(t, config.Environment(flags, func(name string) (string, bool) {
		value, ok := environment[name]
		return value, ok
	}))
	return &health
}

func TestHealthTarget(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args         []string
		environment  map[string]string
		target, host string
	}{
		"default":            {nil, nil, "http://127.0.0.1:8080/healthz", ""},
		"ready":              {[]string{"--ready"}, nil, "http://127.0.0.1:8080/readyz", ""},
		"environment":        {nil, map[string]string{"FOLLOWGRAPH_LISTEN": "0.0.0.0:9000"}, "http://127.0.0.1:9000/healthz", ""},
		"every address":      {[]string{"--listen", ":9000"}, nil, "http://127.0.0.1:9000/healthz", ""},
		"every IPv6 address": {[]string{"--listen", "[::]:9000"}, nil, "http://[::1]:9000/healthz", ""},
		"one address":        {[]string{"--listen", "10.0.0.5:9000"}, nil, "http://10.0.0.5:9000/healthz", ""},
		"a name":             {[]string{"--listen", "localhost:9000"}, nil, "http://localhost:9000/healthz", ""},
		"allowed hosts": {
			[]string{"--listen", ":9000"}, map[string]string{"FOLLOWGRAPH_ALLOWED_HOST": "api.example,other.example"},
			"http://127.0.0.1:9000/healthz", "api.example",
		},
		"URL":           {[]string{"--url", "https://api.example/", "--ready"}, nil, "https://api.example/readyz", ""},
		"URL and hosts": {[]string{"--url", "http://a:1", "--allowed-host", "b", "--listen", ":0"}, nil, "http://a:1/healthz", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			health := readHealth(t, test.args, test.environment)
			require.NoError(t, health.Validate())
			target, host := health.Target()
			require.Equal(t, test.target, target)
			require.Equal(t, test.host, host)
		})
	}
}

func TestHealthValidates(t *testing.T) {
	t.Parallel()
	for message, args := range map[string][]string{
		"--listen must be host:port":           {"--listen", "8080"},
		"--listen :0 selects a free port":      {"--listen", ":0"},
		"--url must be the URL":                {"--url", "http://127.0.0.1:8080/readyz"},
		"--url must be the URL of a server":    {"--url", "127.0.0.1:8080"},
		"--url must be the URL of a server wi": {"--url", "http://user:password@127.0.0.1:8080"},
		"--allowed-host must be":               {"--allowed-host", "https://api.example"},
		"--timeout must be longer than 0":      {"--timeout", "0s"},
		"at most 1m, not 2m0s":                 {"--timeout", "2m"},
	} {
		err := readHealth(t, args, nil).Validate()
		require.ErrorContains(t, err, message)
		require.NotContains(t, err.Error(), "password")
	}
}
