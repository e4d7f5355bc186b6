package rehearsal_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	// Imported so that go test does not cache a result after the program has changed.
	_ "followgraph/internal/app"
)

// program is the built binary with the URL of one database.
type program struct {
	path    string
	address string
	random  *rand.Rand // for the times of kills
	kills   int        // kills before the end of a command
}

// build builds the program as it is released: static, and without the race detector.
func build(t *testing.T) string {
	t.Helper()
	if *binaryFlag != "" {
		path, err := filepath.Abs(*binaryFlag)
		require.NoError(t, err)
		return path
	}
	path := filepath.Join(t.TempDir(), "followgraph")
	command := exec.CommandContext(t.Context(), "go", "build", "-o", path, "followgraph/cmd/followgraph")
	command.Env = append(command.Environ(), "CGO_ENABLED=0")
	text, err := command.CombinedOutput()
	require.NoError(t, err, "%s", text)
	return path
}

func (p *program) command(ctx context.Context, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, p.path, args...)
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "FOLLOWGRAPH_") {
			command.Env = append(command.Env, variable)
		}
	}
	command.Env = append(command.Env, "DATABASE_URL="+p.address)
	return command
}

// run runs a subcommand.
func (p *program) run(t *testing.T, args ...string) (output string, status int) {
	t.Helper()
	text, err := p.command(t.Context(), args...).CombinedOutput()
	if _, exited := err.(*exec.ExitError); !exited { //nolint:errorlint // CombinedOutput never wraps it
		require.NoError(t, err)
	}
	return string(text), 0 + exitStatus(err)
}

func exitStatus(err error) int {
	if exit, ok := err.(*exec.ExitError); ok { //nolint:errorlint // as above
		return exit.ExitCode()
	}
	return 0
}

// step runs a subcommand that must succeed. Before that, it starts and kills the subcommand at random times, as often
// as the flags say.
func (p *program) step(t *testing.T, args ...string) string {
	t.Helper()
	name := strings.Join(args, " ")
	for range *killsFlag {
		p.kill(t, name, args)
	}
	output, status := p.run(t, args...)
	t.Logf("%s: exit status %d\n%s", name, status, output)
	require.Zero(t, status, "%s (%d kills before)\n%s", name, p.kills, output)
	return output
}

// kill starts a subcommand and kills it within the time of the flags. Most kills are early, because most steps are
// short. If the subcommand ends earlier, it must succeed.
func (p *program) kill(t *testing.T, name string, args []string) {
	t.Helper()
	// The cube makes short times likely.
	part := p.random.Float64()
	after := time.Duration(float64(*killFlag) * part * part * part)
	var output bytes.Buffer
	command := p.command(t.Context(), args...)
	command.Stdout, command.Stderr = &output, &output
	require.NoError(t, command.Start())
	timer := time.AfterFunc(after, func() { _ = command.Process.Kill() })
	err := command.Wait()
	if !timer.Stop() {
		p.kills++
		return
	}
	require.NoError(t, err, "%s, before it was to be killed after %s\n%s", name, after, &output)
}
