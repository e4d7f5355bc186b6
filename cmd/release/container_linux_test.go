package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"

	"followgraph/internal/testcluster"
)

// checkContainer runs the program of an image as a container would: on a root that has only the image's files and is
// read-only, as the image's user, with the image's variables, and as the first process. It shares only the network,
// through which it reaches a PostgreSQL with an empty database.
func checkContainer(t *testing.T, image v1.Image) {
	t.Helper()
	cluster := testcluster.New(t, testcluster.WithEmptyDatabase())
	c := newContainer(t, image, "DATABASE_URL="+cluster.URL(0), "FOLLOWGRAPH_LISTEN="+freeAddress(t))

	const edges = "follower_id,following_id,epoch_seconds\nbob,ada,1700000000\ncleo,ada,1700000001\n"
	output, status := c.run(t, "", "--version")
	require.Zero(t, status, output)
	require.Contains(t, output, "followgraph version v1.2.3 (commit "+commit)
	output, status = c.run(t, "", "migrate", "up")
	require.Zero(t, status, output)
	output, status = c.run(t, edges, "import", "edges", "-", "--create-users", "--rejects", "/rejects.csv")
	require.Equal(t, 1, status, output)
	require.Regexp(t, "read-only file system|permission denied", output, "the root must be read-only")
	output, status = c.run(t, edges, "import", "edges", "-", "--create-users")
	require.Zero(t, status, output)
	output, status = c.run(t, "", "health", "--ready")
	require.Equal(t, 1, status, "no server runs")
	require.Contains(t, output, "the server does not answer")

	server := c.start(t)
	require.Eventually(t, func() bool {
		output, status := c.run(t, "", "health", "--ready")
		return status == 0 && output == "ready\n"
	}, time.Minute, 50*time.Millisecond, "%s", &server.log)
	output, status = c.run(t, "", "health")
	require.Equal(t, "ok\n", output)
	require.Zero(t, status)
	c.checkPrivileges(t, server)

	const query = `{ user(cognitoId: "ada") { followers(first: 5) { nodes { cognitoId following(first: 5) { nodes { cognitoId } } } } } }`
	require.JSONEq(t, `{"data": {"user": {"followers": {"nodes": [
		{"cognitoId": "cleo", "following": {"nodes": [{"cognitoId": "ada"}]}},
		{"cognitoId": "bob", "following": {"nodes": [{"cognitoId": "ada"}]}}]}}}}`, c.post(t, query))

	// The program is the first process of its container, to which the kernel delivers only signals that it handles.
	require.NoError(t, server.process.Process.Signal(syscall.SIGTERM))
	require.NoError(t, server.process.Wait(), "%s", &server.log)
}

// container is a root directory with the files of an image, and the image's variables with some more.
type container struct {
	root, listen string
	entrypoint   []string
	env          []string
	namespaces   bool // whether commands run in separate namespaces
}

// newContainer unpacks an image. Each variable of env replaces the image's.
func newContainer(t *testing.T, image v1.Image, env ...string) *container {
	t.Helper()
	root, err := os.MkdirTemp("", "followgraph-image-") //nolint:usetesting // the test's directory is closed to other users
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(root)) })
	require.NoError(t, os.Chmod(root, 0o755))
	unpackImage(t, image, root)
	file, err := image.ConfigFile()
	require.NoError(t, err)
	c := &container{root: root, entrypoint: file.Config.Entrypoint, env: slices.Clone(file.Config.Env)}
	for _, variable := range env {
		name, value, _ := strings.Cut(variable, "=")
		c.env = append(slices.DeleteFunc(c.env, func(v string) bool { return strings.HasPrefix(v, name+"=") }), variable)
		if name == "FOLLOWGRAPH_LISTEN" {
			c.listen = value
		}
	}
	c.findNamespaces(t)
	return c
}

// run runs the program to its end and returns its output and exit status.
func (c *container) run(t *testing.T, stdin string, args ...string) (string, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	command := c.command(ctx, args)
	command.Stdin = strings.NewReader(stdin)
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Run(); command.ProcessState == nil {
		require.NoError(t, err)
	}
	return output.String(), command.ProcessState.ExitCode()
}

// containerServer is a running server.
type containerServer struct {
	process *exec.Cmd
	log     bytes.Buffer // of standard error; complete after process.Wait
}

// start starts the server, with the image's default arguments.
func (c *container) start(t *testing.T) *containerServer {
	t.Helper()
	server := &containerServer{process: c.command(context.WithoutCancel(t.Context()), []string{"serve"})}
	server.process.Stderr = &server.log
	require.NoError(t, server.process.Start())
	t.Cleanup(func() {
		if server.process.ProcessState == nil {
			_ = server.process.Process.Kill()
			_ = server.process.Wait() // reports the kill
		}
	})
	return server
}

func (c *container) post(t *testing.T, query string) string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	require.NoError(t, err)
	response, err := http.Post("http://"+c.listen+"/graphql", "application/json", bytes.NewReader(body))
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode, string(text))
	return string(text)
}

// freeAddress returns an address of this machine on which nothing listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return listener.Addr().String()
}
