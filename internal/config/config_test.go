package config_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"followgraph/internal/config"
)

// settings holds both configurations and their flags.
type settings struct {
	common config.Common
	serve  config.Serve
	flags  *pflag.FlagSet
}

// read parses arguments and then the environment, as a command does.
func read(t *testing.T, args []string, environment map[string]string) (*settings, error) {
	t.Helper()
	s := &settings{flags: pflag.NewFlagSet("test", pflag.ContinueOnError)}
	s.common.Flags(s.flags)
	s.serve.Flags(s.flags)
	require.NoError(t, s.flags.Parse(args))
	return s, config.Environment(s.flags, func(name string) (string, bool) {
		value, ok := environment[name]
		return value, ok
	})
}

func TestDefaultsAreValid(t *testing.T) {
	t.Parallel()
	s, err := read(t, nil, nil)
	require.NoError(t, err)
	require.NoError(t, s.common.Validate())
	require.NoError(t, s.serve.Validate())
	require.Empty(t, s.common.Database.URL)
}

func TestDatabaseURLPrecedence(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args        []string
		environment map[string]string
		want        string
	}{
		"default": {nil, nil, ""},
		"DATABASE_URL": {
			nil, map[string]string{"DATABASE_URL": "postgres://platform"}, "postgres://platform",
		},
		"own variable": {
			nil,
			map[string]string{"DATABASE_URL": "postgres://platform", "FOLLOWGRAPH_DATABASE_URL": "postgres://own"},
			"postgres://own",
		},
		"flag": {
			[]string{"--database-url", "postgres://flag"},
			map[string]string{"DATABASE_URL": "postgres://platform", "FOLLOWGRAPH_DATABASE_URL": "postgres://own"},
			"postgres://flag",
		},
		"empty own variable": {
			nil, map[string]string{"DATABASE_URL": "postgres://platform", "FOLLOWGRAPH_DATABASE_URL": ""}, "postgres://platform",
		},
		"flag that equals the default": {
			[]string{"--database-url="}, map[string]string{"DATABASE_URL": "postgres://platform"}, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := read(t, test.args, test.environment)
			require.NoError(t, err)
			require.Equal(t, test.want, s.common.Database.URL)
		})
	}
}

// validValues has two valid values for every flag. The first one is not the default.
var validValues = map[string][2]string{
	"database-url":              {"postgres://a/b", "postgresql://c/d"},
	"data-dir":                  {"here", "there"},
	"max-connections":           {"2", "1000"},
	"pooler":                    {"transaction", "none"},
	"log-level":                 {"debug", "error"},
	"log-format":                {"json", "json"},
	"listen":                    {"127.0.0.1:0", "localhost:9"},
	"password-cost":             {"4", "20"},
	"reserved-names":            {"one,@/two", "@default,three"},
	"anonymous-reads":           {"false", "false"},
	"token-key":                 {"here", "there"},
	"token-verification-key":    {"here,there", "elsewhere"},
	"token-lifetime":            {"1m0s", "720h0m0s"},
	"attempts-per-account":      {"1", "10000"},
	"attempts-per-address":      {"1", "10000"},
	"registration":              {"closed", "open"},
	"registrations-per-address": {"1", "10000"},
	"cognito-issuer":            {"https://one.example/pool", "http://localhost:9/pool"},
	"cognito-keys-url":          {"https://one.example/keys", "http://127.0.0.1:9/keys"},
	"cognito-client-id":         {"one", "one,two"},
	"link-verified":             {"email", "email,phone_number"},
	"rate-limit":                {"0", "100000000"},
	"rate-limit-network":        {"0", "1000"},
	"rate-limit-anonymous":      {"0", "100000000"},
	"trusted-proxy":             {"10.0.0.0/8,::1", "192.0.2.1"},
	"proxy-header":              {"Forwarded", "Forwarded"},
	"max-queries":               {"1", "10000"},
	"queue-time":                {"100ms", "1s"},
	"max-http-connections":      {"1", "1000000"},
	"request-memory":            {"8388608", "68719476736"},
	"max-follow-batch":          {"1", "1000"},

	"max-subscriptions":                {"1", "1000000"},
	"max-subscriptions-per-network":    {"1", "1000000"},
	"max-subscriptions-per-caller":     {"1", "1000000"},
	"max-subscriptions-per-connection": {"1", "10000"},
	"subscription-keep-alive":          {"1s", "10m0s"},
	"connection-init-timeout":          {"1s", "1m0s"},

	"executor":           {"gqlgen", "gqlgen"},
	"server-timing":      {"on", "off"},
	"max-response-bytes": {"65536", "1073741824"},
	"introspection":      {"false", "false"},
	"playground":         {"false", "false"},
	"explorer":           {"false", "false"},
	"header-timeout":     {"1s", "2s"},
	"read-timeout":       {"1s", "2s"},
	"operation-timeout":  {"1s", "2s"},
	"write-timeout":      {"50s", "1m0s"},
	"idle-timeout":       {"1s", "3s"},
	"shutdown-timeout":   {"1s", "2s"},
	"allowed-host":       {"api.example,2001:db8::1", "192.0.2.1"},
	"drain":              {"1s", "10m0s"},

	"persisted-documents":         {"here,there", "elsewhere"},
	"trusted-only":                {"true", "true"},
	"automatic-persisted-queries": {"false", "false"},
	"automatic-persisted-bytes":   {"1048576", "1073741824"},
	"anonymous-cache-control":     {"no-store", "public, max-age=60, s-maxage=600"},
	"cors-origin":                 {"https://one.example,http://localhost:3000", "*"},
	"max-operation-memory":        {"67108864", "1073741824"},
	"graph":                       {"memory", "sql"},
	"stream-url":                  {"postgres://a/b", "postgresql://c/d"},
	"replica-url":                 {"postgres://a,b/c", "postgres://a/b postgresql://c/d"},
	"replica-max-lag":             {"2s", "10m0s"},
	"graph-memory":                {"1048576", "1073741824"},
	"max-staleness":               {"0s", "24h0m0s"},
	"live-history":                {"1048576", "1073741824"},
	"admin-listen":                {"127.0.0.1:0", "localhost:9"},
	"profiling":                   {"true", "true"},
	"otlp-endpoint":               {"http://127.0.0.1:4318", "https://collector.example/otlp"},
	"trace-ratio":                 {"0", "1"},
	"trust-traceparent":           {"true", "true"},
	"slow-operation":              {"0s", "250ms"},
}

func TestEveryFlagHasItsVariable(t *testing.T) {
	t.Parallel()
	defaults, err := read(t, nil, nil)
	require.NoError(t, err)
	defaults.flags.VisitAll(func(flag *pflag.Flag) {
		t.Run(flag.Name, func(t *testing.T) {
			t.Parallel()
			values, ok := validValues[flag.Name]
			require.True(t, ok, "this test has no values for --%s", flag.Name)
			variable := "FOLLOWGRAPH_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
			require.Equal(t, variable, config.Variable(flag.Name))
			environment := map[string]string{variable: values[0]}
			switch flag.Name { // some flags need others
			case "cognito-issuer":
				environment["FOLLOWGRAPH_COGNITO_CLIENT_ID"] = "one"
			case "cognito-keys-url", "link-verified":
				environment["FOLLOWGRAPH_COGNITO_ISSUER"] = "https://one.example/pool"
				environment["FOLLOWGRAPH_COGNITO_CLIENT_ID"] = "one"
			case "cognito-client-id":
				environment["FOLLOWGRAPH_COGNITO_ISSUER"] = "https://one.example/pool"
			case "trusted-only":
				environment["FOLLOWGRAPH_PERSISTED_DOCUMENTS"] = "here"
			case "profiling":
				environment["FOLLOWGRAPH_ADMIN_LISTEN"] = "127.0.0.1:0"
			}
			value := func(s *settings) string { // a list is printed in brackets
				return strings.Trim(s.flags.Lookup(flag.Name).Value.String(), "[]")
			}

			s, err := read(t, nil, environment)
			require.NoError(t, err)
			require.Equal(t, values[0], value(s), "the variable alone")
			require.NoError(t, s.common.Validate())
			require.NoError(t, s.serve.Validate())

			s, err = read(t, []string{"--" + flag.Name + "=" + values[1]}, environment)
			require.NoError(t, err)
			require.Equal(t, values[1], value(s), "the flag and the variable")

			s, err = read(t, []string{"--" + flag.Name + "=" + flag.DefValue}, environment)
			require.NoError(t, err)
			require.Equal(t, strings.Trim(flag.DefValue, "[]"), value(s), "the default given as a flag")
		})
	})
}

func TestInvalidVariableIsNotRepeated(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	for _, name := range []string{"MAX_CONNECTIONS", "PLAYGROUND", "READ_TIMEOUT", "IDLE_TIMEOUT"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := read(t, nil, map[string]string{"FOLLOWGRAPH_" + name: secret})
			require.ErrorContains(t, err, "FOLLOWGRAPH_"+name)
			require.NotContains(t, err.Error(), secret)
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestInvalidValues(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args []string
		want []string // parts of the error
	}{
		{[]string{"--data-dir="}, []string{"--data-dir", "--database-url"}},
		{[]string{"--max-connections=1"}, []string{"--max-connections", "2 to 1000", "not 1"}},
		{[]string{"--max-connections=1001"}, []string{"--max-connections", "2 to 1000", "not 1001"}},
		{[]string{"--log-level=loud"}, []string{"--log-level", "debug, info, warn, error", `"loud"`}},
		{[]string{"--log-format=xml"}, []string{"--log-format", "text, json"}},
		{[]string{"--listen=8080"}, []string{"--listen", "host:port"}},
		{[]string{"--server-timing=maybe"}, []string{"--server-timing", "auto, on, off"}},
		{[]string{"--password-cost=3"}, []string{"--password-cost", "4 to 20", "not 3"}},
		{[]string{"--password-cost=21"}, []string{"--password-cost", "4 to 20", "not 21"}},
		{[]string{"--token-lifetime=59s"}, []string{"--token-lifetime", "1m to 720h", "not 59s"}},
		{[]string{"--attempts-per-account=0"}, []string{"--attempts-per-account", "1 to 10000", "not 0"}},
		{[]string{"--attempts-per-address=10001"}, []string{"--attempts-per-address", "1 to 10000", "not 10001"}},
		{[]string{"--registration=invited"}, []string{"--registration", "open, closed", `"invited"`}},
		{[]string{"--registrations-per-address=0"}, []string{"--registrations-per-address", "1 to 10000", "not 0"}},
		{[]string{"--rate-limit-network=1001"}, []string{"--rate-limit-network", "0 to 1000", "not 1001"}},
		{[]string{"--max-response-bytes=65535"}, []string{"--max-response-bytes", "65536 to 1073741824", "not 65535"}},
		{[]string{"--max-follow-batch=0"}, []string{"--max-follow-batch", "1 to 1000", "not 0"}},
		{[]string{"--rate-limit=-1"}, []string{"--rate-limit", "0 to 100000000", "not -1"}},
		{[]string{"--rate-limit-anonymous=100000001"}, []string{"--rate-limit-anonymous", "0 to 100000000", "not 100000001"}},
		{[]string{"--trusted-proxy=10.0.0.0/8", "--trusted-proxy=proxy.example"}, []string{"--trusted-proxy", `"proxy.example"`}},
		{[]string{"--trusted-proxy=10.0.0.0/33"}, []string{"--trusted-proxy", `"10.0.0.0/33"`}},
		{[]string{"--trusted-proxy=::ffff:10.0.0.1"}, []string{"--trusted-proxy"}}, // it would match nothing
		{[]string{"--proxy-header=X-Real-IP"}, []string{"--proxy-header", "X-Forwarded-For, Forwarded", `"X-Real-IP"`}},
		{[]string{"--max-queries=10001"}, []string{"--max-queries", "0 to 10000", "not 10001"}},
		{[]string{"--queue-time=0s"}, []string{"--queue-time must be positive"}},
		{[]string{"--queue-time=10s"}, []string{"--queue-time", "--operation-timeout"}},
		{[]string{"--request-memory=8388607"}, []string{"--request-memory", "8388608 to 68719476736", "not 8388607"}},
		{[]string{"--max-http-connections=0"}, []string{"--max-http-connections", "1 to 1000000", "not 0"}},
		{[]string{"--cognito-issuer=https://one.example/pool"}, []string{"--cognito-issuer and --cognito-client-id must be set together"}},
		{[]string{"--cognito-client-id=one"}, []string{"--cognito-issuer and --cognito-client-id must be set together"}},
		{[]string{"--cognito-client-id=one", "--cognito-issuer=http://one.example/pool"}, []string{"--cognito-issuer must be an https URL"}},
		{[]string{"--cognito-client-id=one", "--cognito-issuer=http://localhost.one.example/pool"}, []string{"--cognito-issuer must be an https URL"}},
		{[]string{"--link-verified=email"}, []string{"--link-verified needs --cognito-issuer"}},
		{[]string{"--cognito-client-id=one", "--cognito-issuer=https://one.example/pool", "--link-verified=email,username"},
			[]string{"--link-verified must be email, phone_number or both", `"email,username"`}},
		{[]string{"--cognito-keys-url=https://one.example/keys"}, []string{"--cognito-keys-url needs --cognito-issuer"}},
		{[]string{"--cognito-client-id=one", "--cognito-issuer=https://one.example/pool", "--cognito-keys-url=http://one.example/keys"},
			[]string{"--cognito-keys-url needs --cognito-issuer, and must be an https URL"}},
		{[]string{"--trusted-only"}, []string{"--trusted-only needs --persisted-documents"}},
		{[]string{"--automatic-persisted-bytes=1048575"}, []string{"--automatic-persisted-bytes", "1048576 to 1073741824", "not 1048575"}},
		{[]string{"--automatic-persisted-bytes=1073741825"}, []string{"--automatic-persisted-bytes", "not 1073741825"}},
		{[]string{"--anonymous-cache-control="}, []string{"--anonymous-cache-control"}},
		{[]string{"--anonymous-cache-control=max-age: 60"}, []string{"--anonymous-cache-control", `"max-age: 60"`}},
		{[]string{"--anonymous-cache-control=public\r\nSet-Cookie: a=b"}, []string{"--anonymous-cache-control"}},
		{[]string{"--cors-origin=https://one.example/"}, []string{"--cors-origin", `"https://one.example/"`}},
		{[]string{"--cors-origin=one.example"}, []string{"--cors-origin", `"one.example"`}},
		{[]string{"--cors-origin=https://One.example"}, []string{"--cors-origin"}},
		{[]string{"--cors-origin=https://one.example,null"}, []string{"--cors-origin", `"null"`}},
		{[]string{"--allowed-host=api.example:8080"}, []string{"--allowed-host", `"api.example:8080"`}},
		{[]string{"--allowed-host=https://api.example"}, []string{"--allowed-host"}},
		{[]string{"--allowed-host=*"}, []string{"--allowed-host", `"*"`}},
		{[]string{"--allowed-host=fe80::1%eth0"}, []string{"--allowed-host"}},
		{[]string{"--allowed-host=[127.0.0.1]"}, []string{"--allowed-host"}},
		{[]string{"--graph=disk"}, []string{"--graph", "auto", "memory", "sql", "disk"}},
		{[]string{"--graph-memory=1048575"}, []string{"--graph-memory", "1048576", "1048575"}},
		{[]string{"--live-history=1048575"}, []string{"--live-history", "1048576", "1048575"}},
		{[]string{"--max-staleness=-1s"}, []string{"--max-staleness", "0 to 24h", "-1s"}},
		{[]string{"--max-staleness=25h"}, []string{"--max-staleness", "0 to 24h", "25h"}},
		{[]string{"--drain=-1s"}, []string{"--drain", "0 to 10m", "-1s"}},
		{[]string{"--drain=11m"}, []string{"--drain", "0 to 10m", "11m"}},
		{[]string{"--admin-listen=9090"}, []string{"--admin-listen must be host:port", "9090"}},
		{[]string{"--profiling"}, []string{"--profiling needs --admin-listen"}},
		{[]string{"--otlp-endpoint=127.0.0.1:4318"}, []string{"--otlp-endpoint must be an http or https URL"}},
		{[]string{"--otlp-endpoint=grpc://collector"}, []string{"--otlp-endpoint must be an http or https URL"}},
		{[]string{"--trace-ratio=1.1"}, []string{"--trace-ratio", "0 to 1", "1.1"}},
		{[]string{"--trace-ratio=NaN"}, []string{"--trace-ratio", "0 to 1", "NaN"}},
		{[]string{"--slow-operation=-1s"}, []string{"--slow-operation must not be negative"}},
		{[]string{"--write-timeout=10s"}, []string{"--write-timeout", "--operation-timeout"}},
		{[]string{"--header-timeout=0s"}, []string{"--header-timeout must be positive"}},
		{[]string{"--read-timeout=-1s"}, []string{"--read-timeout must be positive"}},
		{[]string{"--operation-timeout=0s"}, []string{"--operation-timeout must be positive"}},
		{[]string{"--write-timeout=0s"}, []string{"--write-timeout must be positive"}},
		{[]string{"--idle-timeout=0s"}, []string{"--idle-timeout must be positive"}},
		{[]string{"--shutdown-timeout=0s"}, []string{"--shutdown-timeout must be positive"}},
		{[]string{"--log-level=loud", "--log-format=xml"}, []string{"--log-level", "--log-format"}},
		{[]string{"--read-timeout=0s", "--idle-timeout=0s"}, []string{"--read-timeout", "--idle-timeout"}},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			t.Parallel()
			s, err := read(t, test.args, nil)
			require.NoError(t, err)
			problems := fmt.Sprint(s.common.Validate(), s.serve.Validate())
			for _, want := range test.want {
				require.Contains(t, problems, want)
			}
		})
	}
}

func TestInvalidDatabaseURLIsNotRepeated(t *testing.T) {
	t.Parallel()
	const secret = "mysql://admin:hunter2@db.example/app"
	for name, test := range map[string]struct {
		flag        string
		args        []string
		environment map[string]string
	}{
		"flag":         {"--database-url", []string{"--database-url", secret}, nil},
		"own variable": {"--database-url", nil, map[string]string{"FOLLOWGRAPH_DATABASE_URL": secret}},
		"DATABASE_URL": {"--database-url", nil, map[string]string{"DATABASE_URL": secret}},
		"stream":       {"--stream-url", []string{"--stream-url", secret}, nil},
		"replica":      {"--replica-url", []string{"--replica-url", "postgres://a", "--replica-url", secret}, nil},
		"its variable": {"--stream-url", nil, map[string]string{"FOLLOWGRAPH_STREAM_URL": secret}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := read(t, test.args, test.environment)
			require.NoError(t, err)
			err = errors.Join(s.common.Validate(), s.serve.Validate())
			require.ErrorContains(t, err, test.flag)
			for _, part := range []string{"mysql", "admin", "hunter2", "db.example"} {
				require.NotContains(t, err.Error(), part)
			}
		})
	}
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	s, err := read(t, nil, nil)
	require.NoError(t, err)
	config.Describe(s.flags)
	require.Contains(t, s.flags.Lookup("data-dir").Usage, "[$FOLLOWGRAPH_DATA_DIR]")
	require.Contains(t, s.flags.Lookup("database-url").Usage, "[$FOLLOWGRAPH_DATABASE_URL, DATABASE_URL]")
}
