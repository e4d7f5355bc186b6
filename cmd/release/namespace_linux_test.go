package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// nonroot is the user and group of the image.
const nonroot = 65532

// asContainer is the environment variable that makes the test binary enter a container and become its program.
const asContainer = "FOLLOWGRAPH_TEST_AS_CONTAINER"

// entry is what asContainer contains, as JSON.
type entry struct {
	Root      string
	Arguments []string
	Env       []string
}

func TestMain(m *testing.M) {
	if text := os.Getenv(asContainer); text != "" {
		fmt.Fprintln(os.Stderr, "entering the container:", enter(text)) // returns only with an error
		os.Exit(125)
	}
	os.Exit(m.Run())
}

// command returns a command that runs the program with other arguments than the image's. It runs in separate namespaces
// of users, mounts, processes, IPC and host names, or, without namespaces, with another root directory and user.
func (c *container) command(ctx context.Context, arguments []string) *exec.Cmd {
	arguments = append(slices.Clone(c.entrypoint), arguments...)
	if !c.namespaces {
		command := exec.CommandContext(ctx, arguments[0], arguments[1:]...)
		command.Env, command.Dir = c.env, "/"
		command.SysProcAttr = &syscall.SysProcAttr{Chroot: c.root, Credential: &syscall.Credential{Uid: nonroot, Gid: nonroot}}
		return command
	}
	text, err := json.Marshal(entry{c.root, arguments, c.env})
	if err != nil {
		panic(err) // strings can always be encoded
	}
	user, group := os.Geteuid(), os.Getegid()
	if user == 0 {
		user, group = nonroot, nonroot
	}
	command := exec.CommandContext(ctx, os.Args[0])
	command.Env = []string{asContainer + "=" + string(text)}
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: nonroot, HostID: user, Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: nonroot, HostID: group, Size: 1}},
		// Otherwise the test binary would lose them, because its user is not root there.
		AmbientCaps: []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_SYS_CHROOT, unix.CAP_SETUID, unix.CAP_SETGID},
	}
	return command
}

// findNamespaces decides whether commands run in namespaces. Root can do without, as in a container of Docker, which
// forbids them: a root directory that is not mounted read-only is still one that the image's user cannot change.
func (c *container) findNamespaces(t *testing.T) {
	t.Helper()
	c.namespaces = true
	err := c.command(t.Context(), []string{"--version"}).Run()
	if !errors.Is(err, syscall.EPERM) && !errors.Is(err, syscall.ENOSPC) { // ENOSPC: the system allows none
		require.NoError(t, err)
		return
	}
	require.Zero(t, os.Geteuid(), "run the test as root, or allow unprivileged user namespaces: %v", err)
	t.Logf("without namespaces: %v", err)
	c.namespaces = false
}

// enter makes the root read-only, changes to it and to the image's user, gives up all capabilities, and becomes the
// program.
func enter(text string) error {
	runtime.LockOSThread() // some of the settings below are a thread's
	var e entry
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making mounts private: %w", err)
	}
	if err := unix.Mount(e.Root, e.Root, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mounting the root: %w", err)
	}
	var mounted unix.Statfs_t
	if err := unix.Statfs(e.Root, &mounted); err != nil {
		return err
	}
	// A new namespace must keep the restrictions of the mounts that it inherits.
	kept := uintptr(mounted.Flags) & (unix.MS_NODEV | unix.MS_NOEXEC)
	if err := unix.Mount("", e.Root, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY|unix.MS_NOSUID|kept, ""); err != nil {
		return fmt.Errorf("making the root read-only: %w", err)
	}
	if err := unix.Chroot(e.Root); err != nil {
		return err
	}
	if err := unix.Chdir("/"); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return err
	}
	if err := unix.Setresgid(nonroot, nonroot, nonroot); err != nil {
		return err
	}
	if err := unix.Setresuid(nonroot, nonroot, nonroot); err != nil {
		return err
	}
	return unix.Exec(e.Arguments[0], e.Arguments, e.Env)
}

// checkPrivileges checks that a running server has the image's user and no capability.
func (c *container) checkPrivileges(t *testing.T, server *containerServer) {
	t.Helper()
	status, err := os.ReadFile("/proc/" + strconv.Itoa(server.process.Process.Pid) + "/status")
	require.NoError(t, err)
	user := os.Geteuid()
	if user == 0 {
		user = nonroot
	}
	require.Regexp(t, fmt.Sprintf(`(?m)^Uid:\t%[1]d\t%[1]d\t%[1]d\t%[1]d$`, user), string(status))
	require.Regexp(t, `(?m)^CapPrm:\t0+$`, string(status))
	require.Regexp(t, `(?m)^CapEff:\t0+$`, string(status))
	require.Regexp(t, `(?m)^Groups:\t *$`, string(status))
}
