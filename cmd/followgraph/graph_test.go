package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestGraphVerify verifies a server on the private PostgreSQL from another process.
func TestGraphVerify(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	output, status := p.run(t, "", "sample", "--users", "300", "--log-level", "warn")
	require.Zero(t, status, output)
	output, status = p.run(t, "", "graph", "verify", "--log-level", "warn")
	require.Zero(t, status, output)
	require.Regexp(t, `^a fresh load compared with SQL at position \S+: 300 users, \d+ follows, 300 rows of counts; 0 differences\n$`, output)
	_, numbers, _ := strings.Cut(output, ": ")

	p.start(t, "--admin-listen", "127.0.0.1:0", "--graph", "memory")
	admin := ""
	require.Eventually(t, func() bool {
		_, rest, found := strings.Cut(p.out.String(), "Metrics: ")
		admin, _, _ = strings.Cut(rest, "/metrics\n")
		return found
	}, time.Minute, 10*time.Millisecond)
	require.Eventually(t, func() bool {
		output, status = p.run(t, "", "graph", "verify", "--admin", admin+"/", "--log-level", "warn")
		return !strings.Contains(output, "being loaded")
	}, 5*time.Minute, 10*time.Millisecond)
	require.Zero(t, status, output)
	require.Equal(t, "the memory of "+admin+" compared with SQL at position ", output[:strings.Index(output, "position ")+len("position ")])
	require.Contains(t, output, numbers, "the server has what a fresh load has")

	for name, test := range map[string]struct {
		args   []string
		status int
		want   string
	}{
		"no URL":             {[]string{"--admin", "127.0.0.1:9090"}, exitUsage, "it must be the URL of a server's --admin-listen"},
		"a URL with a path":  {[]string{"--admin", admin + "/metrics"}, exitUsage, "it must be the URL of a server's --admin-listen"},
		"a password":         {[]string{"--admin", "http://me:secret@127.0.0.1:9090"}, exitUsage, "it must be the URL"},
		"no differences":     {[]string{"--max-differences", "0"}, exitUsage, "--max-differences must be between 1 and 1000000, not 0"},
		"an argument":        {[]string{"all"}, exitUsage, `unknown command "all"`},
		"the client address": {[]string{"--admin", p.at()}, exitFailed, "it is not the --admin-listen of a server"},
		"nothing there":      {[]string{"--admin", "http://127.0.0.1:1"}, exitFailed, "the server does not answer"},
	} {
		output, status := p.run(t, "", append([]string{"graph", "verify", "--log-level", "warn"}, test.args...)...)
		require.Equal(t, test.status, status, "%s: %s", name, output)
		require.Contains(t, output, test.want, name)
		require.Equal(t, 1, strings.Count(output, "\n"), "%s: %s", name, output)
	}
}
